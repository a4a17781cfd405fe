/** How a call to an emulated platform may fail; each platform adds its own codes. */
export interface PlatformFault {
  /** Part of a call's name, or a pattern for it. */
  readonly match: string | RegExp;
  /** Only calls whose body contains this. */
  readonly containing?: string;
  /** Never answers. */
  readonly timeout?: boolean;
  /** Cuts the connection. */
  readonly drop?: boolean;
  /** The call takes effect all the same; only its answer is lost or wrong. */
  readonly after?: boolean;
  readonly times?: number;
  /** By this machine's clock, in milliseconds since the epoch. */
  readonly untilMs?: number;
}

export interface Faults<Fault> {
  /** Answers a function that ends it. */
  add(fault: Fault): () => void;
  clear(): void;
  /** The first that fits this call, counted as used. */
  find(call: string, body?: () => string): Fault | undefined;
}

export function createFaults<Fault extends PlatformFault>(): Faults<Fault> {
  const faults: { readonly fault: Fault; left: number }[] = [];
  const fits = ({ match, containing, untilMs }: Fault, call: string, body: () => string): boolean =>
    (typeof match === 'string' ? call.includes(match) : match.test(call)) &&
    (!containing || body().includes(containing)) &&
    Date.now() < (untilMs ?? Number.POSITIVE_INFINITY);
  return {
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    clear: () => void faults.splice(0),
    find: (call, body = () => '') => {
      const entry = faults.find(({ fault, left }) => left > 0 && fits(fault, call, body));
      if (entry) entry.left--;
      return entry?.fault;
    },
  };
}
