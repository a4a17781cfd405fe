import { readXml, textOf, writeXml } from './xml';

const BILLION = `<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>`;
const deep = (levels: number): string => `<xml>${'<a>'.repeat(levels)}x${'</a>'.repeat(levels)}</xml>`;

describe('XML', () => {
  it('keeps ids that exceed 2^53, and white space', () => {
    const fields = readXml('<xml>\n <MsgId>9007199254740993123</MsgId><Content><![CDATA[ a\n\tb ]]></Content></xml>')!;
    expect([textOf(fields, 'MsgId'), textOf(fields, 'Content')]).toEqual(['9007199254740993123', ' a\n\tb ']);
  });

  it('lets people write markup', () => {
    const said = '<!DOCTYPE html> <b>&amp;</b> <?php ?> ]]>';
    expect(textOf(readXml(writeXml({ Content: said }))!, 'Content')).toBe(said);
  });

  it('reads the predefined entities, lists and nested elements', () => {
    const fields = readXml('<?xml version="1.0"?><xml><Url>a&amp;b</Url><Item><Id>1</Id></Item><Item><Id>2</Id></Item></xml>')!;
    expect(textOf(fields, 'Url')).toBe('a&b');
    expect(fields.Item).toEqual([{ Id: '1' }, { Id: '2' }]);
  });

  it.each([
    ['entities of its own', BILLION],
    ['an external entity', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>'],
    ['a document type', '<!doctype xml><xml><Content>a</Content></xml>'],
    ['an instruction', '<?xml-stylesheet href="x"?><xml><a>b</a></xml>'],
    ['deep nesting', deep(5000)],
    ['a name that means something to JavaScript', '<xml><__proto__><a>1</a></__proto__></xml>'],
    ['no end', '<xml><a>'],
    ['nothing', ''],
    ['plain words', 'hello'],
    ['another root', '<html><a>b</a></html>'],
    ['just text', '<xml>hello</xml>'],
    ['JSON', '{"encrypt":"x"}'],
  ])('refuses %s', (_, text) => {
    expect(readXml(text)).toBeUndefined();
  });

  it('refuses a bomb of a megabyte at once', () => {
    const startedAt = Date.now();
    expect(readXml('<![CDATA['.repeat(110_000))).toBeUndefined();
    for (const text of [deep(140_000), '<'.repeat(1e6), `<xml${' a="b"'.repeat(150_000)}`, `<xml${' '.repeat(1e6)}`, '&'.repeat(1e6)])
      expect(readXml(text)).toBeUndefined();
    readXml(`<xml>${'<a>1</a>'.repeat(120_000)}</xml>`);
    readXml(`<xml><a>${'&amp;'.repeat(200_000)}</a></xml>`);
    readXml(`<xml>${'<a/>'.repeat(250_000)}</xml>`);
    readXml(`<xml><a${' b="c"'.repeat(150_000)}>1</a></xml>`);
    expect(Date.now() - startedAt).toBeLessThan(2000);
  });
});
