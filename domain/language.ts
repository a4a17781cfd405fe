export type Language = 'en' | 'zh';

export interface LocalizedText {
  readonly en: string;
  readonly zh: string;
}

/** The language a person wrote in: Chinese as soon as one Han character stands in the text. */
export const languageOf = (text: string): Language => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en');
