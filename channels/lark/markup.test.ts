import { harmless } from './markup';

const RING = '<at id=all></at>';

describe('what an answer says of everybody', () => {
  it.each([
    ['in plain words', RING],
    ['in capitals, or with a slash', '<AT id=all></AT> <at/>'],
    ['behind a fence in the middle of a line', `Use \`\`\` here ${RING}`],
    ['behind two of them', `Use \`\`\` here ${RING}\n\`\`\``],
    ['in a block that is never closed', `\`\`\`\n${RING}`],
    ['on the line that opens a block', `\`\`\` ${RING}\ncode\n\`\`\``],
    ['where it is open to question which fence closes a block', `\`\`\`\n\`\`\`js\n${RING}\n\`\`\``],
    ['between two blocks', `\`\`\`\na\`\`\`b\n\`\`\`\n${RING}\n\`\`\``],
    ['in a block of waves, which not everybody knows', `~~~\n\`\`\`\n~~~\n\`\`\`\n${RING}\n\`\`\``],
    ['in what looks like a word of code', `\\\` ${RING} \``],
    ['between words of code over two lines', `a \` b\n\` ${RING} \``],
    ['behind another tag', `<font color='\`'> ${RING} \``],
  ])('is never called out: %s', (_, text) => {
    expect(harmless(text)).not.toMatch(/<at/i);
  });

  it('reads as it was said, in code too', () => {
    expect(harmless(`hi ${RING} and \`<at id=all>\``)).toBe('hi &#60;at id=all></at> and `＜at id=all>`');
    const code = `Write:\n\`\`\`html\n${RING}\n\`\`\`\nor\n\`\`\`\n<at>\n\`\`\``;
    expect(harmless(code)).toBe(code);
  });
});
