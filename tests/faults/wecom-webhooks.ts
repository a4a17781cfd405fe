import { startWecomHttpEmulator, type WecomHttpEmulator } from '../../channels/wecom/emulator/http';
import { words } from '../../channels/wecom/emulator/http-seen';
import * as phrases from '../../domain/phrases';
import type { Platform, Shown } from './platform';
import { pause } from './tally';

/** Between the first call and the same again, as long as it is not answered with success. */
const AGAIN_MS = [1000, 2000, 4000, 8000];
const POLL_MS = 300;

const isPointer = (content: string): boolean => Object.values(phrases.takenTogether).includes(content);
/** What commands say names no line; answers do. */
const isNotice = (content: string): boolean => !content.includes('1. line ') && !isPointer(content);

/** A bot that is called: WeCom posts each message, and asks for the answer until it is finished. */
export async function startWecomBot(): Promise<Platform> {
  const wecom = await startWecomHttpEmulator({ pollEveryMs: POLL_MS });
  return {
    ...common(wecom),
    ...{ name: 'WeCom bot by webhook', channel: 'wecom', mode: 'webhook', config: wecom.bot },
    say: (chatId, text) => {
      const body = wecom.message({ text, senderId: chatId });
      insist(() => wecom.post(body));
      return () => void wecom.post(body).catch(() => undefined);
    },
    callBack: wecom.receiverAt,
    // A stream that no expert wrote.
    notices: (chatId) =>
      wecom.streams().flatMap((one) => (one.chatId === chatId && one.finished && isNotice(one.content) ? [one.content] : [])),
    replies: (chatId) =>
      wecom
        .streams()
        .filter((stream) => stream.chatId === chatId && !isPointer(stream.content) && !(stream.finished && isNotice(stream.content)))
        .map(({ msgid, content, finished, expired, frames }) => {
          const late = wecom.late().filter((one) => one.msgid === msgid);
          const shown = [...frames, ...late].find((one) => words(one.content) !== '');
          return {
            text: [content, ...late.map((one) => one.content)].map(words).join(''),
            ended: finished || expired,
            begunAt: shown?.at ?? Number.POSITIVE_INFINITY,
          };
        }),
  };
}

/** A self-built application: WeCom posts each message; answers are messages. */
export async function startWecomApp(): Promise<Platform> {
  const wecom = await startWecomHttpEmulator();
  let address = '';
  let said = 0;
  const post = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    const { query, body } = wecom.appCall(fields);
    const url = new URL(address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value!);
    const { status } = await fetch(url, { method: 'POST', body: Uint8Array.from(body) });
    if (status !== 200) throw new Error(`The callback was answered with ${status}.`);
  };
  return {
    ...common(wecom),
    ...{ name: 'WeCom application by webhook', channel: 'wecom', mode: 'webhook', config: wecom.app },
    say: (chatId, text) => {
      const fields = { FromUserName: chatId, Content: text, MsgId: String(7_000_000_000_000 + said++) };
      insist(() => post(fields));
      return () => void post(fields).catch(() => undefined);
    },
    callBack: (url) => {
      address = url;
    },
    expireTokens: wecom.expireTokens,
    notices: (chatId) => wecom.sent().flatMap(({ to, type, text }) => (to === chatId && type === 'text' ? [text] : [])),
    replies: (chatId) => answersTo(wecom, chatId),
  };
}

/** Numbered messages that follow each other are one answer. */
function answersTo(wecom: WecomHttpEmulator, chatId: string): readonly Shown[] {
  const answers: (Shown & { readonly of: number; readonly parts: number })[] = [];
  for (const { text, at } of wecom.sent().filter(({ to, type }) => to === chatId && type === 'markdown')) {
    const [lead = '', number = '1', of = '1'] = /^\((\d+)\/(\d+)\)\n/.exec(text) ?? [];
    const before = number === '1' ? undefined : answers.pop();
    const parts = (before?.parts ?? 0) + 1;
    answers.push({
      text: (before?.text ?? '') + words(text.slice(lead.length)),
      ...{ of: Number(of), parts, ended: parts === Number(of), begunAt: before?.begunAt ?? at },
    });
  }
  return answers;
}

const common = (wecom: WecomHttpEmulator) => ({
  redelivers: true,
  writers: ['worker'],
  connections: () => 1,
  violations: () => wecom.violations().length,
  ailments: [],
  refusals: () => 0,
  close: wecom.close,
});

/** As WeCom does with what was not answered. */
function insist(call: () => Promise<unknown>): void {
  const attempt = (tried: number): void => {
    call().catch(async () => {
      const wait = AGAIN_MS[tried];
      if (wait === undefined) return;
      await pause(wait);
      attempt(tried + 1);
    });
  };
  attempt(0);
}
