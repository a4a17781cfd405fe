import { baseUrl } from './base-url';

it.each([
  ['https://open.example.com/', 'https://open.example.com'],
  [' http://127.0.0.1:8080 ', 'http://127.0.0.1:8080'],
  ['https://proxy.example.com/lark/', 'https://proxy.example.com/lark'],
  ['ftp://example.com', undefined],
  ['https://user:pass@example.com', undefined],
  ['https://example.com/?key=1', undefined],
  ['https://example.com/#top', undefined],
  ['http://169.254.169.254', undefined],
  ['http://2852039166', undefined],
  ['http://[fe80::1]', undefined],
  ['http://[::ffff:169.254.169.254]', undefined],
  ['nonsense', undefined],
])('the base URL that %s gives is %s', (given, expected) => {
  expect(baseUrl(given)).toBe(expected);
});
