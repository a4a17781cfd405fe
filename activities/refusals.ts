import { AppError, ChannelError } from '../domain/errors';

/** Another process took the reply over: whatever this one still does must not be seen. */
export const lostToAnother = () => new AppError('lost_to_another', 'Another process writes this reply now.');
/** Whether the database has said so, or the channel. */
export const isLostToAnother = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'lost_to_another' || error.code === 'superseded');

/** Nobody can be shown anything there any more. */
export const isRefusedForGood = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'gone' || error.code === 'forbidden');

/** The platform answered no to what it was given. */
export const isRefused = (error: unknown): boolean => error instanceof ChannelError && !error.retryable && !isWrongCredentials(error);

/** The platform's, not the expert's: an administrator has to mend them, and then the reply goes on. */
export const isWrongCredentials = (error: unknown): error is ChannelError =>
  error instanceof ChannelError && error.code === 'bad_credentials';

const LOOK_AGAIN_MS = 10_000;

export const waitingForAdmin = ({ code, message }: ChannelError): ChannelError =>
  new ChannelError(code, message, { retryable: true, retryAfterMs: LOOK_AGAIN_MS });
