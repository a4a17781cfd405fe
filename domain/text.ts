/** At most the first `most` UTF-16 units of a text; no character is cut in half, for nothing stores half of one. */
export const beginningOf = (text: string, most: number): string => text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
