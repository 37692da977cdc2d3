-- v17 -> v18 (compatible with v1+): people who were erased, and whose pictures are shown

-- erased says that nothing else is kept of the person.
ALTER TABLE slack_opted_out ADD COLUMN erased BOOLEAN NOT NULL DEFAULT false;

-- Who in Matrix posted with a picture; of posts from before this table it is not known.
CREATE TABLE slack_face_of (
	picture TEXT NOT NULL,
	person  TEXT NOT NULL,

	PRIMARY KEY (picture, person)
);
CREATE INDEX slack_face_of_person_idx ON slack_face_of (person);
