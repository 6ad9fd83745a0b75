"""Does what starts and resumes runs really arrive? See F11, F12."""
