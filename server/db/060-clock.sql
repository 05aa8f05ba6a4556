-- The clock of the engine's waits. A place of its own, so that a test can let hours pass by replacing it.
create function weft_now() returns timestamptz language sql volatile as $$ select clock_timestamp() $$;
