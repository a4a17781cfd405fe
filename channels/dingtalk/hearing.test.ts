import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../domain/errors';
import type { InboundEvent } from '../../domain/event';
import type { Language } from '../../domain/language';
import { eventually } from '../../tests/support/eventually';
import { connected } from '../../tests/support/link';
import type { Deliver, DeliverResult } from '../channel';
import { type DingTalkEmulator, startDingTalkEmulator } from './emulator';
import { createDingTalk } from './index';
import { listening, said } from './listen.scene';

describe('messages on the stream', () => {
  it('are kept by the process that read them until they are in, and acknowledged then', async () => {
    let failures = 3;
    const { emulator, ready, heard } = await listening({ redeliverMs: [] }, {}, async () => {
      if (failures-- > 0) throw new Error('the ledger is away');
      return { fresh: true };
    });
    await ready;
    const id = emulator.say(said);
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(heard.map((event) => event.id)).toEqual([id, id, id, id]);
    expect(emulator.deliveries()[0]!.attempts).toMatchObject([{ code: 200, data: { response: {} } }]);
  });

  it('stay kept when the link is lost meanwhile', async () => {
    let away = true;
    const { emulator, ready, heard, done } = await listening({ redeliverMs: [] }, {}, async () => {
      if (away) throw new Error('the ledger is away');
      return { fresh: true };
    });
    await ready;
    emulator.say(said);
    await eventually(() => heard.length === 1);
    emulator.dropSockets();
    await expect(done).rejects.toMatchObject({ code: 'unreachable' });
    away = false;
    const before = heard.length;
    await eventually(() => heard.length > before);
  });

  it('go in in the order in which they were said', async () => {
    let failures = 2;
    const stored: string[] = [];
    const { emulator, ready } = await listening({ redeliverMs: [] }, {}, async ({ text }) => {
      if (failures-- > 0) throw new Error('the ledger is away');
      stored.push(text);
      return { fresh: true };
    });
    await ready;
    for (const text of ['one', 'two', 'three']) emulator.say({ ...said, text });
    await eventually(() => stored.length === 3);
    expect(stored).toEqual(['one', 'two', 'three']);
  });

  it('are stored once and acknowledged each time when they come again under a new id', async () => {
    let release: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { emulator, ready, heard } = await listening({ redeliverMs: [30] }, {}, async () => {
      await kept;
      return { fresh: true };
    });
    await ready;
    emulator.say(said);
    await eventually(() => emulator.deliveries()[0]!.attempts.length === 2);
    await sleep(20);
    release();
    await eventually(() => emulator.deliveries()[0]!.attempts.every(({ code }) => code === 200));
    const [first, second] = emulator.deliveries()[0]!.attempts;
    expect(first!.messageId).not.toBe(second!.messageId);
    expect(heard).toHaveLength(1);
  });

  it('that are refused for good are not tried again', async () => {
    const { emulator, ready, heard } = await listening({ redeliverMs: [] }, {}, async () => {
      throw new Refusal(404, 'not_found', 'There is no such integration.');
    });
    await ready;
    emulator.say(said);
    await eventually(() => heard.length === 1);
    await sleep(60);
    expect([heard.length, emulator.deliveries()[0]!.acked]).toEqual([1, false]);
  });

  it('wait at DingTalk while nobody is connected', async () => {
    const emulator = await startDingTalkEmulator();
    emulator.say(said);
    const end = new AbortController();
    const heard: InboundEvent[] = [];
    const { done } = connected(createDingTalk(), emulator.config, async (event) => ({ fresh: heard.push(event) > 0 }), end.signal);
    await eventually(() => heard.length === 1);
    end.abort();
    await done;
    await emulator.close();
  });

  it('are acknowledged when they are stored while the link is being closed', async () => {
    const { emulator, ready, heard, end, done } = await listening({ redeliverMs: [] }, {}, async () => {
      await sleep(60);
      return { fresh: true };
    });
    await ready;
    emulator.say(said);
    await eventually(() => heard.length === 1);
    end.abort();
    await done;
    await eventually(() => emulator.deliveries()[0]!.acked);
  });
});

describe('presses on the stream', () => {
  const press = (emulator: DingTalkEmulator): void => {
    const content = JSON.stringify({ cardPrivateData: { actionIds: ['stop'], params: {} } });
    emulator.push('/v1.0/card/instances/callback', { outTrackId: 'turn-1', userId: 'manager1', content }, { redeliver: false });
  };

  it('are delivered and answered with nothing', async () => {
    const { emulator, ready, heard } = await listening();
    await ready;
    press(emulator);
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(heard).toMatchObject([{ kind: 'action', action: 'stop', target: 'turn-1', sender: { id: 'manager1' } }]);
    expect(emulator.deliveries()[0]!.attempts[0]!.data).toEqual({ response: {} });
  });

  it('tell who pressed, and nobody else, what became of it, where the template has a place for that', async () => {
    const emulator = await startDingTalkEmulator();
    const config = { ...emulator.config, cardTemplateId: 'mine.schema' };
    const end = new AbortController();
    const languages: (Language | undefined)[] = ['en', 'zh', undefined];
    const deliver: Deliver = async () => {
      const language = languages.shift();
      return { fresh: true, toast: { en: 'Not yours', zh: '无权操作' }, over: true, refused: true, ...(language && { language }) };
    };
    const { ready, done } = connected(createDingTalk(), config, deliver, end.signal);
    await ready;
    for (const toast of ['Not yours', '无权操作', '无权操作 Not yours']) {
      press(emulator);
      await eventually(() => emulator.deliveries().at(-1)!.acked);
      expect(emulator.deliveries().at(-1)!.attempts[0]!.data).toEqual({
        response: { userPrivateData: { cardParamMap: { toast } }, cardUpdateOptions: { updatePrivateDataByKey: true } },
      });
    }
    expect(emulator.messages()).toEqual([]);
    end.abort();
    await done;
    await emulator.close();
  });

  it('in vain are explained in private where it has none', async () => {
    const results: DeliverResult[] = [
      { fresh: true, toast: { en: 'Stopping', zh: '正在停止' }, language: 'en' },
      { fresh: true, toast: { en: 'Not yours', zh: '无权操作' }, over: true, refused: true, language: 'en' },
      { fresh: false, toast: { en: 'Not yours', zh: '无权操作' }, over: true, refused: true, language: 'en' },
      { fresh: true, toast: { en: 'Over', zh: '已结束' }, over: true, refused: true, language: 'zh' },
    ];
    const { emulator, ready } = await listening({}, {}, async () => results.shift()!);
    await ready;
    emulator.events.message({ chatId: 'cid-of-manager1', text: 'hello', senderId: 'manager1' });
    for (let left = results.length; left > 0; left--) {
      press(emulator);
      await eventually(() => results.length < left);
    }
    await eventually(() => emulator.messages().length === 2);
    const told = emulator.messages('cid-of-manager1').map(({ text, type }) => `${type} ${text}`);
    expect(told.sort()).toEqual(['text Not yours', 'text 已结束']);
    expect(emulator.deliveries().map(({ attempts }) => attempts[0]!.data)).toEqual(Array(4).fill({ response: {} }));
  });

  it('are answered in time while the ledger is away, and kept', async () => {
    let away = true;
    const { emulator, ready, heard } = await listening({}, { answerPressMs: 60 }, async () => {
      if (away) throw new Error('the ledger is away');
      return { fresh: true };
    });
    await ready;
    const pressedAt = Date.now();
    press(emulator);
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(Date.now() - pressedAt).toBeGreaterThanOrEqual(55);
    away = false;
    const before = heard.length;
    await eventually(() => heard.length > before);
  });

  it('and events that nobody subscribed to are acknowledged and forgotten', async () => {
    const { emulator, ready, heard } = await listening();
    await ready;
    emulator.push('*', { any: 'thing' }, { type: 'EVENT' });
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(emulator.deliveries()[0]!.attempts[0]!.data).toEqual({ status: 'SUCCESS' });
    expect(heard).toEqual([]);
  });
});
