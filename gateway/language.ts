import type { Request } from 'express';
import type { Language } from '../domain/language';

/** What the caller reads, as `Accept-Language` says; English unless Chinese is preferred. */
export const languageOf = (request: Request): Language => (request.acceptsLanguages('en', 'zh') === 'zh' ? 'zh' : 'en');
