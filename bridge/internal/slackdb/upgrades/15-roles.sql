-- v14 -> v15 (compatible with v1+): what people may do in their workspaces

-- role is owner, admin or ''.
ALTER TABLE slack_person ADD COLUMN role TEXT NOT NULL DEFAULT '';
