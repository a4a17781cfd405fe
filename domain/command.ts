export type CommandName = 'new' | 'stop' | 'help' | 'status';

export interface Command {
  readonly name: CommandName;
  /** What follows `/new`: the first question of the next session. */
  readonly rest: string;
}

const NAMES = new Map<string, CommandName>(
  Object.entries({
    new: 'new',
    新会话: 'new',
    新对话: 'new',
    stop: 'stop',
    停止: 'stop',
    help: 'help',
    帮助: 'help',
    status: 'status',
    状态: 'status',
  } as const),
);

const COMMAND = /^[/／](\S+)(?:\s+([\s\S]*))?$/u;

/** Reads one of our own commands; anything else, unknown `/words` included, is a message for the expert (undefined). */
export function parseCommand(text: string): Command | undefined {
  const found = COMMAND.exec(text.trim());
  const name = found && NAMES.get(found[1]!.toLowerCase());
  if (!found || !name) return undefined;
  const rest = found[2]?.trim() ?? '';
  // "/stop the music" and "/help me with tax" are questions; only /new takes what follows along.
  if (rest && name !== 'new') return undefined;
  return { name, rest };
}
