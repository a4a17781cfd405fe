import { z } from 'zod';
import { badReasons, readComplaint } from '../../domain/card';
import { cardActions } from '../../domain/event';
import type { ActRow, FileRow, TurnRow } from '../../store/transcript';
import { moment } from './checking';
import { content } from './content';

const file = z.object({
  kind: z.string(),
  name: z.string().nullable(),
  mime: z.string().nullable(),
  size: z.number().nullable(),
  state: z.string().nullable(),
});
const milliseconds = z.number().nullable();

const message = z.object({
  eventId: z.uuid(),
  kind: z.enum(['message', 'command', 'action', 'recall', 'edit']),
  text: content(z.string()),
  personId: z.uuid(),
  person: content(z.string()),
  at: moment,
  receivedAt: moment,
  recalled: z.boolean(),
  quote: content(z.string().nullable(), 'The message it answers'),
  attachments: content(z.array(file)),
});

const reply = z.object({
  id: z.uuid(),
  state: z.enum(['queued', 'thinking', 'streaming', 'waiting', 'recovering', 'done', 'failed', 'stopped', 'expired']),
  text: content(z.string()),
  sequence: z.int(),
  frames: z.int().meta({ description: 'How often the last writer changed what was shown' }),
  writers: z.int().meta({ description: 'How many processes wrote it, one after the other' }),
  parts: z.int().nullable().meta({ description: 'Cards or messages that it took; null where the channel does not say' }),
  steps: z.array(
    z.object({ id: z.string(), title: content(z.string()), status: z.enum(['running', 'done', 'failed']), seconds: z.number().optional() }),
  ),
  reasoning: content(z.string().nullable(), 'As far as it was shown'),
  footer: z.string().nullable().meta({ description: 'The line under it, with the AI label' }),
  buttons: z.array(z.enum(cardActions)),
  files: content(z.array(file)),
  undeliverable: z.boolean(),
});

const STEPS = ['received', 'gathered', 'begun', 'asked', 'first_token', 'ended', 'finished'] as const;

export const turnAnswer = z.object({
  id: z.uuid(),
  number: z.int().nullable().meta({ description: 'null while it waits' }),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'stopped', 'expired']),
  question: z.array(message),
  reply,
  expert: z.object({ id: z.uuid(), version: z.int(), name: z.string().nullable() }).nullable(),
  timings: z.object({
    waitedMs: z.number().optional().meta({ description: 'From the first message to the begin of the turn' }),
    createdAt: moment,
    startedAt: moment.nullable(),
    askedAt: moment.nullable(),
    firstTokenAt: moment.nullable(),
    endedAt: moment.nullable(),
    finishedAt: moment.nullable(),
  }),
  timeline: z
    .array(z.object({ step: z.enum(STEPS), at: moment, afterMs: z.number().meta({ description: 'Since the first message was received' }) }))
    .meta({
      description: '`gathered`: the last message; `begun`: its turn came; `ended`: what is shown last was decided; `finished`: it is shown',
    }),
  durations: z
    .object({
      gatheringMs: milliseconds,
      waitingMs: milliseconds,
      preparingMs: milliseconds,
      thinkingMs: milliseconds,
      answeringMs: milliseconds,
      closingMs: milliseconds,
      totalMs: milliseconds,
    })
    .meta({ description: 'Between one step and the next; null where one is missing' }),
  attempts: z.int().meta({ description: 'Tries that reached the backend' }),
  usage: z.record(z.string(), z.unknown()).nullable(),
  error: z.object({ reference: z.string().nullable(), reason: z.string().nullable() }).nullable(),
  note: z.string().nullable().meta({ description: 'The sentence under the answer: why it failed or was stopped, or what is missing' }),
  stoppedBy: z.object({ id: z.uuid(), name: content(z.string()) }).nullable(),
  feedback: z
    .array(
      z.object({
        person: content(z.string()),
        rating: z.enum(['good', 'bad']),
        reason: z.enum(badReasons).nullable(),
        comment: content(z.string().nullable(), "In the person's own words"),
        at: moment,
      }),
    )
    .meta({ description: "Each person's newest rating of the answer" }),
});

export const actAnswer = z.object({
  eventId: z.uuid(),
  kind: z.enum(['command', 'action', 'recall', 'edit']),
  name: z.string().nullable().meta({ description: 'Which command or button' }),
  personId: z.uuid(),
  person: content(z.string()),
  at: moment,
  turnId: z.uuid().nullable(),
  end: z.string().nullable(),
});

export function presentTurn(found: TurnRow) {
  const { id, number, state, question, expertId, expertName, version, usage, reference, reason, stoppedBy, feedback, attempts } = found;
  const failed = state === 'failed' || state === 'expired' || found.undeliverable;
  return {
    ...{ id, number, state },
    question: question.map(({ at, receivedAt, attachments, ...rest }) => ({
      ...rest,
      at: isoText(at),
      receivedAt: isoText(receivedAt),
      attachments: attachments.map(presentFile),
    })),
    reply: presentReply(found),
    expert: expertId !== null && version !== null ? { id: expertId, version, name: expertName } : null,
    timings: timingsOf(found),
    ...timelineOf(found),
    attempts,
    usage: usage ?? null,
    error: failed ? { reference, reason } : null,
    ...{ note: reason, stoppedBy },
    feedback: feedback.map(({ person, rating, detail, at }) => ({ person, rating, ...readComplaint(detail), at: isoText(at) })),
  };
}

export const presentAct = ({ at, ...act }: ActRow) => ({ ...act, at: at.toISOString() });

const presentFile = ({ kind, name, mime, size, state }: FileRow) => ({ kind, name, mime, size, state });

/** A writer's sequence is its epoch · 10⁶ + the frames it sent. */
function presentReply({ id, replyState, replyText, sequence, epoch, parts, view, files, undeliverable }: TurnRow) {
  return {
    ...{ id, state: replyState, text: replyText, sequence, frames: sequence % 1_000_000, writers: epoch, parts },
    steps: (view?.steps ?? []).map(({ id: step, title, status, seconds }) => ({
      id: step,
      title,
      status,
      ...(seconds !== undefined && { seconds }),
    })),
    ...{
      reasoning: view?.reasoning ?? null,
      footer: view?.footer ?? null,
      buttons: view?.buttons ?? [],
      files: files.map(presentFile),
      undeliverable,
    },
  };
}

function timelineOf({ question, createdAt, startedAt, askedAt, firstTokenAt, endedAt, finishedAt }: TurnRow) {
  const received = question.map(({ receivedAt }) => Date.parse(receivedAt));
  const [first, last] = received.length > 0 ? [Math.min(...received), Math.max(...received)] : [createdAt.getTime(), createdAt.getTime()];
  const at = (date: Date | null): number | null => date?.getTime() ?? null;
  const [begun, asked, token, ended, finished] = [at(startedAt), at(askedAt), at(firstTokenAt), at(endedAt), at(finishedAt)];
  const times = [first, last, begun, asked, token, ended, finished];
  const between = (from: number | null, to: number | null): number | null => (from === null || to === null ? null : Math.max(0, to - from));
  return {
    timeline: STEPS.flatMap((step, place) => {
      const time = times[place];
      return time === null || time === undefined ? [] : [{ step, at: new Date(time).toISOString(), afterMs: Math.max(0, time - first) }];
    }),
    durations: {
      ...{
        gatheringMs: between(first, last),
        waitingMs: between(last, begun),
        preparingMs: between(begun, asked),
        thinkingMs: between(asked, token),
      },
      ...{ answeringMs: between(token, ended), closingMs: between(ended, finished), totalMs: between(first, finished) },
    },
  };
}

function timingsOf({ question, createdAt, startedAt, askedAt, firstTokenAt, endedAt, finishedAt }: TurnRow) {
  const heardAt = Math.min(createdAt.getTime(), ...question.map(({ at }) => Date.parse(at)));
  return {
    ...(startedAt && { waitedMs: Math.max(0, startedAt.getTime() - heardAt) }),
    ...{ createdAt: createdAt.toISOString(), startedAt: iso(startedAt), askedAt: iso(askedAt), firstTokenAt: iso(firstTokenAt) },
    ...{ endedAt: iso(endedAt), finishedAt: iso(finishedAt) },
  };
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
const isoText = (at: string): string => new Date(at).toISOString();
