import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config';

export type Log = Logger;

const SECRET_NAMES = [
  'secret',
  'appSecret',
  'clientSecret',
  'corpSecret',
  'secretKey',
  'apiKey',
  'password',
  'token',
  'accessToken',
  'verificationToken',
  'encryptKey',
  'aesKey',
  'encodingAesKey',
  'authorization',
  'Authorization',
  'cookie',
  'databaseUrl',
  'sessionWebhook',
  'response_url',
];

/** Lines of JSON on standard output, readable ones on a terminal. Values under names that smell of secrets never get out. */
export function createLog(config: Pick<Config, 'logLevel' | 'processName'>): Log {
  const options = {
    level: config.logLevel,
    base: { process: config.processName },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
  };
  if (process.stdout.isTTY) return pino(options, pretty({ sync: true, ignore: 'pid,process', translateTime: 'HH:MM:ss.l' }));
  // Pino's own destination never lets a process exit once the reader of its output is gone.
  process.stdout.on('error', () => undefined);
  return pino(options, process.stdout);
}
