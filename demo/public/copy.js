const said = document.querySelector("#copied");

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", () => void copy(button));
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    said.textContent = "Copied to the clipboard.";
  } catch {
    // Without permission, the next best thing is to have it selected.
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
    said.textContent = "Selected. Press the keys for copying.";
  }
  button.addEventListener("blur", () => (button.textContent = "Copy"), { once: true });
}
