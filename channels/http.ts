/** The JSON object that a platform answered; undefined for anything else. The parser's own error is dropped: it quotes the text. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Why `fetch` failed: a system code such as ECONNREFUSED. Never its message, which may hold the address with its path and tokens. */
export function networkFault(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? code : 'network error';
}

/** A response's bytes; undefined where they are more than `maxBytes`: what is larger is cut off while it comes. */
export async function limitedBytes(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop ends the transfer.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The name that a file came with; of two forms the UTF-8 one wins, broken escapes are taken as they stand. */
export function fileNameIn(headers: Headers): string | undefined {
  const disposition = headers.get('content-disposition') ?? '';
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(disposition)?.[1];
  const name = encoded ?? /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  if (!name) return undefined;
  try {
    return decodeURIComponent(name.trim());
  } catch {
    return name.trim();
  }
}
