export { connection } from './connection';
export { conversation } from './conversation';
export { sentinel } from './sentinel';
