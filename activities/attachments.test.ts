import { AppError, ChannelError } from '../domain/errors';
import type { Attachment } from '../domain/event';
import { eraseFiles } from '../store/attachments';
import type { Files } from '../store/files';
import { ask, attempt, createProcess, type ProcessOptions } from '../tests/support/answering';
import { said } from '../tests/support/world';
import { cardIn, desk, PNG, service, upload, watched, withMessenger, world } from './attachments.scene';

const MP4 = Buffer.from('000000206674797069736f6d0000020069736f6d', 'hex');
const lastQuestion = () => service.requests.at(-1)!.body.messages.at(-1)!.content;

describe('what comes with a question', () => {
  it('reaches the model as data or as text, whatever it is called', async () => {
    const { process } = watched();
    const image = { ...(await upload(PNG, process)), name: 'report.pdf', mime: 'application/pdf' };
    const text = { ...(await upload(Buffer.from('a,b\n1,```2'), process)), name: 'sums.csv' };
    const job = await ask(world, desk, [said('What is this?', { chat: 'data', attachments: [image, text] })]);
    expect(await attempt(process, job).outcome).toEqual({ state: 'done', closed: true });
    expect(lastQuestion()).toEqual([
      { type: 'text', text: 'What is this?\n[file: report.pdf]\n[file: sums.csv]\n````\na,b\n1,```2\n````' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG.toString('base64')}` } },
    ]);
    expect((await cardIn('data')).reason).toBeUndefined();
  });

  it('is fetched once for all attempts', async () => {
    const { process, fetched } = watched();
    const image = await upload(PNG, process);
    const job = await ask(world, desk, [said('Again?', { chat: 'once', attachments: [image] })]);
    service.script(() => ({ status: 503 }));
    await expect(attempt(process, job).outcome).rejects.toMatchObject({ retryable: true });
    service.script(() => ({ chunks: ['Seen.'] }));
    const { process: next } = watched(withMessenger({ fetchFile: async () => Promise.reject(new ChannelError('gone', 'Too late.')) }));
    await attempt(next, job).outcome;
    expect(fetched).toEqual([image.ref]);
    expect(JSON.stringify(lastQuestion())).toContain(PNG.toString('base64'));
  });

  it('is left out with its reason, to the model and to the person, in the language of the question', async () => {
    const { process, fetched } = watched({ attachments: { maxFileBytes: 100, maxTurnFiles: 7, types: ['image/*', 'video/*', 'text/*'] } });
    const claimedLarge = { ...(await upload(PNG, process)), name: '大.png', size: 5_000_000 };
    const attachments: Attachment[] = [
      { ...(await upload(MP4, process)), kind: 'video', name: '演示.mp4' },
      claimedLarge,
      { ...(await upload(Buffer.alloc(101, 'x'), process)), name: '长.txt' },
      { ...(await upload(Buffer.from('PK\x03\x04\0\0'), process)), name: '包.zip' },
      { ...(await upload(Buffer.alloc(0), process)), name: '空.txt' },
      { kind: 'image', ref: 'never-uploaded' },
      { kind: 'card', ref: '' },
      { ...(await upload(PNG, process)), name: '多.png' },
    ];
    const job = await ask(world, desk, [said('看看这些', { chat: 'left out', attachments })]);
    await world.store.db.raw(`UPDATE events SET language = 'zh' WHERE id = ?`, [job.eventIds[0]!]);
    await attempt(process, job).outcome;
    const reason = (await cardIn('left out')).reason;
    expect(reason).toBe(
      '部分内容未读取。“演示.mp4”：该专家无法读取此类型的文件。“大.png”、“长.txt”：超过 100 B 上限。“包.zip”：不接受此类型的文件。' +
        '“空.txt”：文件为空。图片：平台上的文件已失效，请重新发送。卡片：此处无法读取其内容。“多.png”：一次提问最多 7 个文件。',
    );
    expect(lastQuestion()).toMatch(/^看看这些\n\[video: 演示\.mp4: 该专家无法读取此类型的文件\]\n\[file: 大\.png: 超过 100 B 上限\]\n/);
    expect(fetched).not.toContain(claimedLarge.ref);
    const again = createProcess(world, { attachments: { maxFileBytes: 100, maxTurnFiles: 7 } });
    await world.store.db.raw('UPDATE replies SET finished_at = NULL, finishing_at = NULL, view = NULL WHERE id = ?', [job.turnId]);
    await attempt(again, job).outcome;
    expect((await cardIn('left out')).reason).toBe(reason);
  });

  it('counts together', async () => {
    const { process } = watched({ attachments: { maxTurnBytes: 100 } });
    const two = [
      { ...(await upload(PNG, process)), name: 'a.png' },
      { ...(await upload(PNG, process)), name: 'b.png' },
    ];
    const job = await ask(world, desk, [said('Both?', { chat: 'together', attachments: two })]);
    await attempt(process, job).outcome;
    expect((await cardIn('together')).reason).toBe('Not everything you sent was read. “b.png”: more than 100 B in one question.');
  });

  it('is cut where a text is longer than the model gets, and that is said', async () => {
    const { process } = watched();
    const long = { ...(await upload(Buffer.from('你好'.repeat(1000)), process)), name: 'long.txt' };
    const job = await ask(world, desk, [said('Short?', { chat: 'cut', attachments: [long] })]);
    await attempt(process, job).outcome;
    expect((await cardIn('cut')).reason).toBe('Not everything you sent was read. “long.txt”: only the beginning was read.');
    expect(Buffer.byteLength(String(lastQuestion()))).toBeLessThan(1200);
    expect(lastQuestion()).toContain('[file: long.txt: only the beginning was read]');
  });

  it('is asked for again where the platform hesitates, and given up in the end', async () => {
    let calls = 0;
    const busy = (times: number): ProcessOptions => ({
      messenger: (real) => ({
        ...real,
        fetchFile: async (...args) => {
          if (calls++ < times) throw new ChannelError('rate_limited', 'Slower.', { retryable: true });
          return await real.fetchFile!(...args);
        },
      }),
    });
    for (const [times, reason] of [
      [2, undefined],
      [9, 'Not everything you sent was read. “a.png”: could not be fetched; please send it again.'],
    ] as const) {
      calls = 0;
      const { process } = watched(busy(times));
      const image = { ...(await upload(PNG, process)), name: 'a.png' };
      const job = await ask(world, desk, [said('Now?', { chat: `busy ${times}`, attachments: [image] })]);
      await attempt(process, job).outcome;
      expect((await cardIn(`busy ${times}`)).reason).toBe(reason);
    }
  });

  it('is used though it could not be stored, and fetched anew by the next attempt', async () => {
    const away = async (): Promise<never> => Promise.reject(new AppError('files_away', 'Away.', { retryable: true }));
    const { process: uploader } = watched();
    const image = await upload(PNG, uploader);
    const files: Files = { ...uploader.deps.files, put: away };
    const { process, fetched } = watched({ files });
    const job = await ask(world, desk, [said('Kept?', { chat: 'not stored', attachments: [image] })]);
    service.script(() => ({ status: 503 }));
    await attempt(process, job).outcome.catch(() => undefined);
    expect(JSON.stringify(lastQuestion())).toContain(PNG.toString('base64'));
    service.script(() => ({ chunks: ['Seen.'] }));
    expect(await attempt(process, job).outcome).toEqual({ state: 'done', closed: true });
    expect(fetched).toEqual([image.ref, image.ref]);
  });

  it('does not hold back /stop', async () => {
    const { process } = watched(withMessenger({ fetchFile: () => new Promise(() => undefined) }));
    const job = await ask(world, desk, [said('Slow?', { chat: 'slow', attachments: [{ kind: 'image', ref: 'x' }] })]);
    const { outcome, cancel } = attempt(process, job);
    setTimeout(cancel, 200);
    expect(await outcome).toEqual({ state: 'stopped', closed: true });
  });

  it('goes into the question in words: what is answered, what a voice says, where a place is', async () => {
    const { process, fetched } = watched();
    const quote = { sender: 'Bob', text: 'Shall we meet?\nAt noon?' };
    const voice: Attachment = { kind: 'audio', ref: 'voice', text: 'Yes, gladly.' };
    const place: Attachment = { kind: 'location', ref: '', name: 'Station', text: '31.2,121.4' };
    const job = await ask(world, desk, [said('Where?', { chat: 'words', quote, attachments: [voice, place] })]);
    await attempt(process, job).outcome;
    expect(lastQuestion()).toBe('> Bob: Shall we meet?\n> At noon?\nWhere?\nYes, gladly.\n[location: Station] 31.2,121.4');
    expect([fetched, (await cardIn('words')).reason]).toEqual([[], undefined]);

    const next = await ask(world, desk, [said('And?', { chat: 'words', quote: {} })], { sessionId: job.sessionId, number: 2 });
    await attempt(process, next).outcome;
    const { messages } = service.requests.at(-1)!.body;
    expect(messages[0]!.content).toBe('Where?\n[audio] Yes, gladly.\n[location: Station] 31.2,121.4');
    expect(lastQuestion()).toBe('> (an earlier message that cannot be read)\nAnd?');
  });

  it('is not fetched anew for a question that is asked again', async () => {
    const { process, fetched } = watched();
    const image = await upload(PNG, process);
    const job = await ask(world, desk, [said('Once more?', { chat: 'again', attachments: [image] })]);
    await attempt(process, job).outcome;
    const next = await ask(world, desk, [said('Once more?', { chat: 'again', attachments: [image] })]);
    await world.store.db.raw(`UPDATE events SET kind = 'action', asks = true, target = ? WHERE id = ?`, [job.turnId, next.eventIds[0]!]);
    await attempt(process, next).outcome;
    expect(fetched).toEqual([image.ref]);
    expect(JSON.stringify(lastQuestion())).toContain(PNG.toString('base64'));
    const { store, files } = process.deps;
    expect(await eraseFiles(store.attachments, files, { eventIds: next.eventIds })).toBe(1);
    expect(await files.has((await store.attachments.expect(job.eventIds[0]!, 0, image)).key)).toBe(true);
  });

  it('may be all of a message: in groups it carries who sent it', async () => {
    const { process } = watched();
    const image = { ...(await upload(PNG, process)), kind: 'image', name: 'a.png' } as const;
    for (const kind of ['private', 'group'] as const) {
      const address = { chatId: `alone ${kind}`, kind };
      const job = await ask(world, desk, [said('', { address, attachments: [image] }), said('What is it?', { address, by: 'bob' })]);
      await attempt(process, job).outcome;
      const words = kind === 'private' ? 'What is it?' : 'ann: [image: a.png]\nbob: What is it?';
      expect(lastQuestion()).toMatchObject([{ text: `${words}\n[image: a.png]` }, { type: 'image_url' }]);
    }
  });

  it('can be erased, by event and by person', async () => {
    const { process } = watched();
    const { store, files } = process.deps;
    const image = await upload(PNG, process);
    const job = await ask(world, desk, [said('Mine?', { chat: 'erased', by: 'eve', attachments: [image] })]);
    await attempt(process, job).outcome;
    const { key } = await store.attachments.expect(job.eventIds[0]!, 0, image);
    expect(await files.has(key)).toBe(true);
    const { rows } = (await store.db.raw('SELECT person_id AS id FROM events WHERE id = ?', [job.eventIds[0]!])) as {
      rows: { id: string }[];
    };
    expect(await eraseFiles(store.attachments, files, { personId: rows[0]!.id })).toBe(1);
    expect(await files.has(key)).toBe(false);
    expect(await eraseFiles(store.attachments, files, { eventIds: job.eventIds })).toBe(0);
  });
});
