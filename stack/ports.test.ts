import { createServer } from 'node:net';
import { anyPort, canListen, createPorts } from './ports';

const allFreeBut = (...taken: number[]) => createPorts(async (port) => !taken.includes(port));

test('the wanted port is taken when it is free, and stays the same', async () => {
  const ports = allFreeBut();
  expect(await ports.take('gateway', 3000)).toBe(3000);
  expect(await ports.take('gateway', 3000)).toBe(3000);
});

test('a taken port gives way to the next free one', async () => {
  expect(await allFreeBut(3000, 3001).take('gateway', 3000)).toBe(3002);
});

test('no two parts get the same port', async () => {
  const ports = allFreeBut();
  expect(await Promise.all([ports.take('a', 3000), ports.take('b', 3000)])).toEqual([3000, 3001]);
});

test('a port that was lost before its first use is exchanged', async () => {
  const taken = new Set<number>();
  const ports = createPorts(async (port) => !taken.has(port));
  await ports.take('gateway', 3000);
  expect(await ports.renew('gateway')).toBe(3000);
  taken.add(3000);
  expect(await ports.renew('gateway')).toBe(3001);
  expect(await ports.take('gateway', 3000)).toBe(3001);
});

test('where no port is free one sentence says what to do', async () => {
  const ports = createPorts(async () => false);
  await expect(ports.take('gateway', 3000)).rejects.toThrow(
    'No port for gateway is free from 3000 on: end what uses them or set another one (PORT for the web page).',
  );
});

test.each(['127.0.0.1', undefined])('a port somebody listens on at %s is not free', async (host) => {
  const port = await anyPort();
  expect(await canListen(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, ...(host && { host }) }, resolve));
  expect(await canListen(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
});
