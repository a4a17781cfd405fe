import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { AppError } from '../domain/errors';
import { loadSettings } from '../runtime/config';
import { failStart } from '../runtime/shutdown';
import { readRecord, type StackRecord } from './record';
import { type Card, createTranscript, type Message, type Transcript } from './transcript';

interface Chat {
  readonly record: StackRecord;
  readonly chat: string;
  readonly sender: string;
}

/** A chat with the sandbox in the terminal: `npm run chat [-- --chat name --as person]`. Ctrl-C leaves. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { chat: { type: 'string', default: 'terminal' }, as: { type: 'string', default: userInfo().username } },
  });
  const chat: Chat = { record: readRecord(loadSettings().dataDir), chat: values.chat, sender: values.as };
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const input = createInterface({ input: process.stdin, output: process.stdout, terminal: interactive, prompt: interactive ? '> ' : '' });
  const transcript = createTranscript({
    out: process.stdout,
    interactive,
    prompt: () => input.prompt(true),
    hidePrompt: () => process.stdout.write('\r\x1b[K'),
  });
  const left = new AbortController();
  const sent: Promise<unknown>[] = [];
  const listening = listen(chat, transcript, left.signal);

  console.log(`You are ${chat.sender} in chat ${chat.chat}. /help shows the commands, Ctrl-C leaves.`);
  input.prompt();
  input.on('line', (line) => {
    const text = line.trim();
    if (text)
      sent.push(
        say(chat, text, transcript).catch((error: unknown) => transcript.note(error instanceof Error ? error.message : String(error))),
      );
    input.prompt();
  });
  input.on('SIGINT', () => input.close());
  const ended = new Promise<void>((resolve) => input.once('close', resolve));
  await Promise.race([ended, listening]);
  if (!process.stdin.isTTY) await lastWords(sent, transcript);
  left.abort();
  process.exit(0);
}

/** Where the questions come from a pipe, its end is not the end of the answers. */
async function lastWords(sent: readonly Promise<unknown>[], transcript: Transcript): Promise<void> {
  await Promise.all(sent);
  const quietMs = 2500;
  while (transcript.open() > 0 || Date.now() - transcript.lastChangeAt() < quietMs) await wait(100);
}

async function say({ record, chat, sender }: Chat, text: string, transcript: Transcript): Promise<void> {
  const messageId = randomUUID();
  transcript.sent(messageId);
  const response = await fetch(`${record.apiUrl}/sandbox/${record.sandbox.integrationId}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${record.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ chat, sender, text, messageId }),
  });
  if (!response.ok)
    throw new AppError('not_sent', `Your message was not accepted (${response.status}): npm run doctor says what is wrong.`);
}

/** Follows the chat until told to leave; a lost stream is taken up where it ended. */
async function listen({ record, chat }: Chat, transcript: Transcript, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let lost = false;
  while (!signal.aborted) {
    try {
      const url = `${record.apiUrl}/sandbox/${record.sandbox.integrationId}/stream?${new URLSearchParams({ chat })}`;
      const headers = { authorization: `Bearer ${record.apiKey}`, accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) };
      const response = await fetch(url, { headers, signal });
      if (!response.ok || !response.body) throw new AppError('no_stream', `status ${response.status}`);
      if (lost) transcript.note('Connected again.');
      lost = false;
      for await (const { id, event, data } of response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream())) {
        lastId = id ?? lastId;
        if (event === 'message') transcript.message(JSON.parse(data) as Message);
        if (event === 'card') transcript.card(JSON.parse(data) as Card);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!lost)
        transcript.note(`The connection to Parley is lost (${error instanceof Error ? error.message : 'no reason given'}); trying again.`);
      lost = true;
    }
    await wait(1000, undefined, { signal }).catch(() => undefined);
  }
}

main().catch(failStart);
