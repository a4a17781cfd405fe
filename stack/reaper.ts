import { spawn } from 'node:child_process';

/** Ends the children when the supervisor can no longer do it. */
export interface Reaper {
  /** The children as they are now. */
  watch(children: readonly { readonly pid: number; readonly signal: NodeJS.Signals }[]): void;
  close(): void;
}

const SCRIPT = `
trap '' INT TERM HUP
list=
while read -r line; do list="$line"; done
for entry in $list; do kill -"\${entry%%:*}" "\${entry##*:}" 2>/dev/null; done
`;

/** A shell in a session of its own that reads the children from a pipe; the pipe ends when the supervisor dies, even by SIGKILL. */
export function startReaper(): Reaper {
  const shell = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return {
    watch: (children) => shell.stdin.write(`${children.map(({ pid, signal }) => `${signal.replace('SIG', '')}:${pid}`).join(' ')}\n`),
    close: () => shell.stdin.end('\n'),
  };
}
