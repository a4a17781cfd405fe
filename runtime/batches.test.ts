import { createBatches } from './batches';

test('what comes within a moment is written at once, what comes later in the next write', async () => {
  const writes: string[][] = [];
  const add = createBatches<string>(async (items) => void writes.push([...items]));
  await Promise.all([add(['a']), add(['b', 'c'])]);
  await add(['d']);
  expect(writes).toEqual([['a', 'b', 'c'], ['d']]);
});

test('a write that fails fails for those in it, and for nobody after them', async () => {
  let fails = true;
  const add = createBatches<string>(async () => {
    if (fails) throw new Error('away');
  });
  const both = await Promise.allSettled([add(['a']), add(['b'])]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  await expect(add(['c'])).resolves.toBeUndefined();
});
