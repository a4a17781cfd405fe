import { split as cut } from '../split';

/** How many bytes a text takes inside a card's JSON, without the quotes. */
export const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Cuts a text into parts that take at most `limit` bytes inside a card's JSON. */
export const split = (text: string, limit: number): readonly string[] => cut(text, limit, jsonBytes);
