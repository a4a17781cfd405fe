import type { Api } from '../api';

/** Hands a file of the API to the browser, to be kept under `name`. */
export const saveFile = async (api: Api, path: string, name: string): Promise<void> => keep(await api.file(path), name);

/** Hands something to the browser as a file. */
export function keep(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
