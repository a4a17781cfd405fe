import { parseCommand } from './command';

test.each([
  ['/new', 'new', ''],
  ['  /NEW  ', 'new', ''],
  ['/new what is tax?', 'new', 'what is tax?'],
  ['/new\nfirst\nsecond', 'new', 'first\nsecond'],
  ['/新会话', 'new', ''],
  ['／新对话 你好', 'new', '你好'],
  ['/stop', 'stop', ''],
  ['／stop', 'stop', ''],
  ['/停止', 'stop', ''],
  ['/help', 'help', ''],
  ['/帮助', 'help', ''],
  ['/status', 'status', ''],
  ['／状态', 'status', ''],
])('%j is the command %s', (text, name, rest) => {
  expect(parseCommand(text)).toEqual({ name, rest });
});

test.each([
  ['/unknown'],
  ['/'],
  ['/ new'],
  ['//new'],
  ['new'],
  ['停止'],
  ['please /stop'],
  ['/stop the music'],
  ['/help me with my tax'],
  ['/status of my order?'],
  ['/newer'],
  ['/toString'],
  ['/constructor'],
  ['/etc/passwd'],
  [''],
])('%j goes to the expert', (text) => {
  expect(parseCommand(text)).toBeUndefined();
});
