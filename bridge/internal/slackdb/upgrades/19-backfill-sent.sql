-- v18 -> v19 (compatible with v1+): the history of a new room is kept until the room is filled

-- sent says that the message is in the room.
ALTER TABLE slack_backfill_message ADD COLUMN sent BOOLEAN NOT NULL DEFAULT false;
