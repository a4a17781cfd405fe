export { split } from '../split';

/** What one message or stream of WeCom's holds, in UTF-8 bytes. */
export const MESSAGE_BYTES = 20_480;
