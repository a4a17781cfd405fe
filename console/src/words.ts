import { en } from './words-en';
import { zh } from './words-zh';

export type Language = 'en' | 'zh';
/** Everything the console says; each language has the same keys, the compiler sees to it. Each page has its own words beside it. */
export type Words = typeof en;

export const wordsIn = (language: Language): Words => (language === 'zh' ? zh : en);
