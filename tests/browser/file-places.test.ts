import { lineOf, linesOf } from '../../console/src/settings/file-places';

it('places in a file are lines, also of what is missing', () => {
  const lines = linesOf('{\n  "a": [\n    1,\n    {"b{,": "x\\"]\\\\",\n     "c": {}}\n  ],\n  "d": null\n}');
  const line = (path: string) => lineOf(lines, path);
  expect([line(''), line('a'), line('a.0'), line('a.1.b{,'), line('a.1.c'), line('d')]).toEqual([1, 2, 3, 4, 5, 7]);
  expect([line('a.1.c.missing'), line('a.7'), line('nowhere.at.all')]).toEqual([5, 2, 1]);
});
