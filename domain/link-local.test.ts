import { isLinkLocal } from './link-local';

it.each([
  ['169.254.169.254', true],
  ['169.254.169.254.', true],
  ['2852039166', true],
  ['0xa9.0xfe.1.1', true],
  ['[::ffff:169.254.169.254]', true],
  ['[0:0:0:0:0:ffff:a9fe:0101]', true],
  ['[64:ff9b::169.254.169.254]', true],
  ['[fe80::1]', true],
  ['[febf::1]', true],
  ['169.253.1.1', false],
  ['[::ffff:a9fe:0:1]', false],
  ['[64:ff9b:1::a9fe:1]', false],
  ['[fec0::1]', false],
  ['127.0.0.1', false],
  ['[::1]', false],
  ['169.254.example.com', false],
  ['fe80.example.com', false],
])('%s in a URL is an address of the own link: %s', (host, expected) => {
  expect(isLinkLocal(new URL(`http://${host}`).hostname)).toBe(expected);
});

it.each([
  ['169.254.1.1', true],
  ['::ffff:169.254.1.1', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['fe80::1%eth0', true],
  ['::1', false],
])('%s as a resolver tells it is one: %s', (address, expected) => {
  expect(isLinkLocal(address)).toBe(expected);
});
