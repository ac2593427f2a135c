/**
 * What the report's page does beyond standing still: the timeline can be zoomed and moved, and says what is under the pointer. It reads
 * numbers from the figure alone, and writes text and numeric attributes.
 */
export const SCRIPT: string = `
"use strict";
(() => {
  const figure = document.querySelector(".timeline");
  if (figure === null) return;
  const plot = figure.querySelector(".plot");
  const axis = figure.querySelector(".axis");
  const readout = figure.querySelector(".readout");
  const span = Number(figure.dataset.span);
  const noun = figure.dataset.noun;
  const still = readout.textContent;
  const marks = figure.dataset.marks === "" ? [] : figure.dataset.marks.split(";").map((mark) => mark.split(",").map(Number));
  const height = plot.viewBox.baseVal.height;
  let from = 0;
  let width = span;

  const grouped = (value) => String(value).replace(/\\B(?=(?:\\d{3})+$)/g, ",");
  const time = (ms, step) => {
    if (ms === 0) return "0";
    if (span < 2000 || step < 10) return (step < 1 ? ms.toFixed(step < 0.1 ? 2 : 1) : Math.round(ms)) + " ms";
    if (ms >= 120000) return Math.floor(ms / 60000) + " min " + ((ms % 60000) / 1000).toFixed(step < 1000 ? 1 : 0) + " s";
    return (ms / 1000).toFixed(step < 100 ? 2 : step < 1000 ? 1 : 0) + " s";
  };
  const draw = () => {
    width = Math.min(span, Math.max(width, span / 5000, 0.05));
    from = Math.min(span - width, Math.max(0, from));
    plot.setAttribute("viewBox", from + " 0 " + width + " " + height);
    const most = Math.max(2, Math.min(9, Math.floor(plot.clientWidth / 88)));
    let step = 10 ** Math.floor(Math.log10(width / most));
    for (const factor of [2, 2.5, 2]) if (width / step > most) step *= factor;
    axis.replaceChildren();
    for (let at = Math.ceil(from / step) * step; at <= from + width * 0.94; at += step) {
      const text = document.createElementNS(axis.namespaceURI, "text");
      text.setAttribute("x", ((at - from) / width) * 100 + "%");
      text.setAttribute("y", "12");
      text.textContent = time(at, step);
      axis.append(text);
    }
  };
  const zoom = (factor, around) => {
    const place = (around - from) / width;
    width = Math.min(span, Math.max(width * factor, span / 5000, 0.05));
    from = around - place * width;
    draw();
  };
  const timeAt = (event) => {
    const box = plot.getBoundingClientRect();
    return from + ((event.clientX - box.left) / box.width) * width;
  };
  const nearest = (at) => {
    let low = 0;
    let high = marks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (marks[middle][1] < at) low = middle + 1;
      else high = middle;
    }
    const before = marks[low - 1];
    if (before !== undefined && at - before[1] < marks[low][0] - at) low--;
    return marks[low];
  };
  const tell = (event) => {
    const at = timeAt(event);
    const mark = marks.length === 0 ? undefined : nearest(at);
    let text = time(at, width / 500);
    if (mark !== undefined) {
      const [first, last, octets, number, count] = mark;
      const what = count === 1 ? noun + " " + grouped(number) : noun + "s " + grouped(number) + " to " + grouped(number + count - 1);
      text += " · " + what + ": " + grouped(octets) + " bytes at " + time(first, width / 500) + (last > first ? " to " + time(last, width / 500) : "");
    }
    readout.textContent = text;
  };

  let held;
  plot.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      from += (event.deltaX / plot.clientWidth) * width;
      draw();
    } else zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), timeAt(event));
  }, { passive: false });
  plot.addEventListener("pointerdown", (event) => {
    held = timeAt(event);
    plot.setPointerCapture(event.pointerId);
    plot.classList.add("held");
  });
  plot.addEventListener("pointermove", (event) => {
    if (held !== undefined) {
      from += held - timeAt(event);
      draw();
    }
    tell(event);
  });
  const release = () => {
    held = undefined;
    plot.classList.remove("held");
  };
  plot.addEventListener("pointerup", release);
  plot.addEventListener("pointercancel", release);
  plot.addEventListener("pointerleave", () => { readout.textContent = still; });
  const doing = {
    in: () => zoom(0.5, from + width / 2),
    out: () => zoom(2, from + width / 2),
    all: () => { from = 0; width = span; draw(); },
  };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") { from -= width / 8; draw(); }
    else if (event.key === "ArrowRight") { from += width / 8; draw(); }
    else if (event.key === "+" || event.key === "=" || event.key === "ArrowUp") doing.in();
    else if (event.key === "-" || event.key === "ArrowDown") doing.out();
    else if (event.key === "0" || event.key === "Home") doing.all();
    else return;
    event.preventDefault();
  });
  const buttons = document.querySelector(".zoom");
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => doing[event.target.dataset.do]?.());
  figure.querySelector(".keys").textContent = "Wheel or + and − zoom, drag or arrows move, 0 shows all";
  window.addEventListener("resize", draw);
  draw();
})();
`;
