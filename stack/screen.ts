/** What a person at the terminal sees of the start. */
export interface Screen {
  /** Shows a step: at once when it takes more than two seconds, with the time it took when it is done. */
  step<T>(title: string, work: (say: Say) => Promise<T>): Promise<T>;
  line(text: string): void;
}

/** Says what a long step is doing right now. */
export type Say = (text: string) => void;

export interface ScreenOptions {
  readonly write?: (line: string) => void;
  readonly firstAfterMs?: number;
  readonly everyMs?: number;
}

export function createScreen({ write = (line) => console.log(line), firstAfterMs = 2000, everyMs = 15_000 }: ScreenOptions = {}): Screen {
  return {
    line: write,
    async step(title, work) {
      const started = Date.now();
      let detail = '';
      let timer: NodeJS.Timeout | undefined;
      const show = (): void => {
        write(`  … ${title}${detail && `: ${detail}`} (${duration(Date.now() - started)})`);
        timer = setTimeout(show, everyMs);
      };
      timer = setTimeout(show, firstAfterMs);
      try {
        const result = await work((text) => {
          detail = text;
        });
        write(`  ✓ ${title} (${duration(Date.now() - started)})`);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
