import { mediaTypeOf, utf8Of } from './media-type';

const hex = (digits: string) => Buffer.from(digits, 'hex');
const binary = (text: string) => Buffer.from(`${text}\0\x01\x02\xff`, 'latin1');
const zip = hex('504b030414000600080000002100');
const gbk = hex('c4e3bac32c31320a'); // 你好,12 in GBK

const table: readonly (readonly [string, Buffer, Parameters<typeof mediaTypeOf>[1], string])[] = [
  ['a PNG', hex('89504e470d0a1a0a0000000d49484452'), {}, 'image/png'],
  ['a PNG that is called a PDF', hex('89504e470d0a1a0a0000000d49484452'), { name: 'report.pdf', mime: 'application/pdf' }, 'image/png'],
  ['a JPEG', hex('ffd8ffe000104a46494600'), {}, 'image/jpeg'],
  ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj'), { name: 'x.txt' }, 'application/pdf'],
  ['a Word document', zip, { name: 'Plan.DOCX' }, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['any other archive', zip, { name: 'plan.bin' }, 'application/zip'],
  ['an old Excel sheet', hex('d0cf11e0a1b11ae1'), { name: 'a.xls' }, 'application/vnd.ms-excel'],
  ['an MP4 video', hex('000000206674797069736f6d0000020069736f6d'), {}, 'video/mp4'],
  ['an M4A sound', hex('00000018667479704d344120'), {}, 'audio/mp4'],
  ['a WAV sound', binary('RIFF\x24\0\0\0WAVEfmt '), {}, 'audio/wav'],
  ['a voice message in AMR', binary('#!AMR\n'), {}, 'audio/amr'],
  ['a voice message in SILK', binary('\x02#!SILK_V3'), {}, 'audio/silk'],
  ['a voice message in Ogg', binary('OggS\0\x02'), { kind: 'audio' }, 'audio/ogg'],
  ['a program for Windows that is called a picture', binary('MZ\x90\0\x03'), { name: 'cat.png' }, 'application/x-msdownload'],
  ['words', Buffer.from('BMW makes cars'), {}, 'text/plain'],
  ['Chinese words in UTF-8', Buffer.from('你好，世界'), { name: 'a' }, 'text/plain'],
  ['Chinese words in GBK', gbk, { name: 'a.csv' }, 'text/csv'],
  ['bytes like GBK that nobody calls a text', gbk, { name: 'a.bin' }, 'application/octet-stream'],
  ['JSON', Buffer.from('{"a": 1}'), { name: 'a.json' }, 'text/json'],
  ['SVG, which is a program as much as a picture', Buffer.from('<svg xmlns="x"/>'), { name: 'a.svg' }, 'text/xml'],
  ['text with its end in the middle of a character', Buffer.from(`${'x'.repeat(4095)}你`), {}, 'text/plain'],
  ['nothing known', hex('0001020304'), { name: 'a.pdf', mime: 'application/pdf' }, 'application/octet-stream'],
];

it.each(table)('knows %s by its bytes', (_name, bytes, claim, type) => {
  expect(mediaTypeOf(bytes, claim)).toBe(type);
});

it('reads texts in the encodings people use', () => {
  expect(utf8Of(gbk).toString()).toBe('你好,12\n');
  expect(utf8Of(Buffer.concat([hex('fffe'), Buffer.from('你好', 'utf16le')])).toString()).toBe('你好');
  expect(utf8Of(Buffer.from('\ufeff你好')).toString()).toBe('你好');
});

it('cuts a text between two characters', () => {
  expect(utf8Of(Buffer.from('你好吗'), 7).toString()).toBe('你好');
  expect(utf8Of(Buffer.from('abc'), 3).toString()).toBe('abc');
});
