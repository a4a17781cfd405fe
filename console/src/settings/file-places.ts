const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Level {
  readonly path: string;
  /** Of an object, absent between a comma and the next name; of a list, the place of the next value. */
  at: string | number | undefined;
}

/** The line, from 1, on which each value of a JSON text begins (of members, their name), by its path: `experts.0.config.model`. */
export function linesOf(json: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const levels: Level[] = [];
  let line = 1;
  let seen = 0;
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    line += json.slice(seen, index).split('\n').length - 1;
    seen = index;
    const level = levels.at(-1);
    if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level) level.at = typeof level.at === 'number' ? level.at + 1 : undefined;
    else if (token !== ':' && level && level.at === undefined) {
      level.at = JSON.parse(token) as string;
      lines.set(pathIn(level), line);
    } else if (token !== ':') {
      const path = level ? pathIn(level) : '';
      if (!lines.has(path)) lines.set(path, line);
      if (token === '{' || token === '[') levels.push({ path, at: token === '[' ? 0 : undefined });
    }
  }
  return lines;
}

const pathIn = ({ path, at }: Level): string => (path === '' ? String(at) : `${path}.${at}`);

/** The line of a path or, where the file has nothing there, of what should hold it. */
export function lineOf(lines: ReadonlyMap<string, number>, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return lines.get('');
}

/** Where a text stops being JSON, as far as the browser says so; both from 1. */
export function placeOfFlaw(json: string, error: unknown): { readonly line: number; readonly column: number } | undefined {
  const message = error instanceof Error ? error.message : '';
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
  if (line && column) return { line: Number(line), column: Number(column) };
  const [, position] = /position (\d+)/.exec(message) ?? [];
  const before = position === undefined ? (/end of (JSON|data)/i.test(message) ? json : undefined) : json.slice(0, Number(position));
  const rows = before?.split('\n');
  return rows && { line: rows.length, column: (rows.at(-1)?.length ?? 0) + 1 };
}
