#!/bin/sh
# Makes everything in ../models and ../images again, from nothing. See README.md.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

"$python" -m unittest -q
"$python" train_two_class.py
"$python" train_ten_class.py
"$python" choose_pictures.py
"$python" find_story.py
"$python" draw_pictures.py
"$python" expected_values.py
"$python" check_formats.py
