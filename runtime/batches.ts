const GATHER_MS = 10;

/** Gathers what is to be written within a moment into one write; each caller's promise is that write's. */
export function createBatches<T>(write: (items: readonly T[]) => Promise<void>): (items: readonly T[]) => Promise<void> {
  let next: { readonly items: T[]; readonly written: Promise<void> } | undefined;
  return (items) => {
    if (!next) {
      const gathered: T[] = [];
      const written = new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS)).then(() => {
        next = undefined;
        return write(gathered);
      });
      next = { items: gathered, written };
    }
    next.items.push(...items);
    return next.written;
  };
}
