/** Turns with somebody's words, and those that asked the same again. Binds the person's id. */
const OWN = `
WITH RECURSIVE own AS (
  SELECT t.id FROM turns t WHERE t.id IN (SELECT e.turn_id FROM events e WHERE e.person_id = ?)
  UNION SELECT t.id FROM own JOIN events e ON e.target = own.id::text AND e.kind = 'action' AND e.asks JOIN turns t ON t.id = e.turn_id)`;

/** Presses that asked somebody's question again: they hold its words, whoever pressed. Binds the person's id. */
export const ASKED_AGAIN = `
${OWN} SELECT e.id FROM own JOIN events e ON e.target = own.id::text AND e.kind = 'action' AND e.asks`;

/** Their own turns, later ones of the same sessions, and those that were told what they said in a group. Binds the person's id twice. */
export const TURNS_TOLD = `
${OWN},
later AS (SELECT t.id FROM own JOIN turns o ON o.id = own.id JOIN turns t ON t.conversation_id = o.conversation_id AND t.created_at >= o.created_at),
told AS (
  SELECT q.turn_id AS id FROM events o JOIN chats oc ON oc.id = o.chat_id
  JOIN chats c ON c.integration_id = oc.integration_id AND c.platform_chat_id = oc.platform_chat_id
  JOIN events q ON q.chat_id = c.id AND q.number > o.number AND (q.settings->'groups'->'context'->>'messages')::int > 0
    AND o.sent_at >= q.sent_at - (q.settings->'groups'->'context'->>'windowSeconds')::int * interval '1 second'
  WHERE o.person_id = ? AND o.decision = 'ignored' AND q.turn_id IS NOT NULL)
SELECT id FROM own UNION SELECT id FROM later UNION SELECT t.id FROM told JOIN turns t ON t.id = told.id`;
