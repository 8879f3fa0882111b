-- What was looked at of the texts that were served, day by day; counts, no text.
CREATE TABLE days (
    day TEXT NOT NULL,
    source_lang TEXT NOT NULL,
    target_lang TEXT NOT NULL,
    texts INTEGER NOT NULL,
    words INTEGER NOT NULL,
    unseen INTEGER NOT NULL,
    told INTEGER NOT NULL,
    other INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    unsure INTEGER NOT NULL,
    PRIMARY KEY (day, source_lang, target_lang)
);
