/** Where we are: `#/conversations/<id>?state=open`. */
export interface Route {
  /** The first part, which names the page; empty at the bare address. */
  readonly page: string;
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/** @param hash with or without its `#` */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...rest] = path.split('/').map(decoded);
  return { page, rest: rest.filter((part) => part !== ''), query: new URLSearchParams(query) };
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
