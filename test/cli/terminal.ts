/**
 * A program for Python: runs another one in a pseudo terminal of this many columns and 24 rows, relays what is typed and shown, so that a
 * test can wait for it, and ends with the other's exit code.
 *
 *     spawn(pathOf("python3"), ["-c", terminal(80), process.execPath, ...args])
 */
export function terminal(columns: number): string {
  return `
import fcntl, os, pty, select, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, ${columns}, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
typing = [0]
while True:
    ready, _, _ = select.select([terminal] + typing, [], [])
    if 0 in ready:
        typed = os.read(0, 1000)
        if typed: os.write(terminal, typed)
        else: typing = []
    if terminal in ready:
        try: shown = os.read(terminal, 65536)
        except OSError: break
        if not shown: break
        os.write(1, shown)
_, status = os.waitpid(child, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 255)
`;
}
