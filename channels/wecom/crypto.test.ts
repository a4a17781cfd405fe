import type { WebhookCall } from '../channel';
import { createEnvelope, decryptPadded, keyOf } from './crypto';

// The vector of WeCom's own documentation.
const KEYS = { token: 'QDG6eK', encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' };
const CORP = 'wx5823bf96d3bd56c7';
const AT = 1409659813_000;
const CIPHERTEXT =
  'RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==';
const documented: WebhookCall = {
  ...{ method: 'POST', headers: {}, body: Buffer.alloc(0), now: AT },
  query: { msg_signature: '477715d11cdb4164915debcba66cb864d751f3e6', timestamp: '1409659813', nonce: '1372623149' },
};

describe('the envelope', () => {
  it('opens what the documentation has sealed', () => {
    expect(createEnvelope(KEYS, CORP).open(documented, CIPHERTEXT)).toContain('<Content><![CDATA[hello]]></Content>');
  });

  it('opens what it has sealed itself, whatever its length', () => {
    const envelope = createEnvelope(KEYS, '');
    for (let length = 0; length < 70; length++) {
      const { encrypt, signature, timestamp, nonce } = envelope.seal(documented, '长'.repeat(length));
      expect(envelope.open({ ...documented, query: { msg_signature: signature, timestamp, nonce } }, encrypt)).toBe('长'.repeat(length));
    }
  });

  it.each([
    ['another corp', 'wxffffffffffffffff'],
    ['a bot', ''],
  ])('refuses what is for %s', (_, receiver) => {
    expect(() => createEnvelope(KEYS, receiver).open(documented, CIPHERTEXT)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it.each([
    ['without a signature', { msg_signature: undefined }],
    ['with an empty signature', { msg_signature: '' }],
    ['with another signature', { msg_signature: 'f'.repeat(40) }],
    ['with a signature in capitals', { msg_signature: '477715D11CDB4164915DEBCBA66CB864D751F3E6' }],
    ['without a time', { timestamp: undefined }],
    ['with another time', { timestamp: '1409659814' }],
    ['with another nonce', { nonce: '1' }],
  ])('refuses a call %s', (_, query) => {
    const call = { ...documented, query: { ...documented.query, ...query } };
    expect(() => createEnvelope(KEYS, CORP).open(call, CIPHERTEXT)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it.each([
    ['a day old', AT + 24 * 3600_000, true],
    ['older', AT + 24 * 3600_000 + 1, false],
    ['5 minutes ahead', AT - 5 * 60_000, true],
    ['further ahead', AT - 5 * 60_000 - 1, false],
  ])('takes or refuses what is %s', (_, now, taken) => {
    const open = (): string => createEnvelope(KEYS, CORP).open({ ...documented, now }, CIPHERTEXT);
    if (taken) expect(open()).toContain('hello');
    else expect(open).toThrow(expect.objectContaining({ status: 401 }));
  });

  it('answers undefined for bytes that do not fit the key', () => {
    const key = keyOf(KEYS.encodingAesKey);
    for (const bytes of [Buffer.alloc(0), Buffer.from('abc'), Buffer.alloc(32, 7)]) expect(decryptPadded(key, bytes)).toBeUndefined();
  });
});
