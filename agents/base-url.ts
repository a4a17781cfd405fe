import { z } from 'zod';
import { isLinkLocal } from '../domain/link-local';

/** The setting every backend with a choosable server has: http or https, loopback included, link-local addresses refused. */
export const baseUrl = z
  .string()
  .trim()
  .superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (!URL.canParse(value)) return refuse('must be a whole URL such as https://api.openai.com/v1');
    const url = new URL(value);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must begin with http:// or https://');
    if (url.username !== '' || url.password !== '') return refuse('must not hold a user name or password');
    if (isLinkLocal(url.hostname)) return refuse('must not be a link-local address');
  });
