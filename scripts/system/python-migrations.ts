import { pipSet } from "./pip.ts";

/** Alembic and Django with what they need, and squawk; the compiled ones for Python 3.11 to 3.13 on x64. */
export const PYTHON_MIGRATIONS = pipSet("python-migrations", {
  "alembic==1.20.1": ["9970712cfb81ea26c8658d378aaa5b8f6ff9146e5bb111d70497c164016cf598"],
  "asgiref==3.13.0": ["f9596a2434512686473d50f96ff6207fbba49ae1a785dfac614df4aeb085674d"],
  "django==5.2.19": ["5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00"],
  "mako==1.4.3": ["723296007c870bfd6b3f0c3230dba7198096e5269297ebf5e4eff9e7ffa39d4f"],
  "markupsafe==3.0.4": [
    "6da83a088f8ef93b2d483a8232a4dbf4d69d3d8496b568a03c56becac43e1808",
    "8e124f974786f831d6043728e38296969d3579db8896fe004682f5758e613581",
    "434139499bb20b502ed3baa1f169e618f924a97e7a777fea1a49446d80106cf6",
  ],
  "psycopg2-binary==2.9.13": [
    "930e7e58b33a4f9c39e7532d7a40147925cf3372baed4229cbebe0cf3ba9ce6b",
    "e3861eba31f8ea8663fd876166b032fd89179e42aa63764d6feb281f13f9eb60",
    "f04ada42bcd537adbaf8b7f3140237a204e452a88d0c1831cfce69f7d2e59f4e",
  ],
  "sqlalchemy==2.1.9": [
    "3a24b459e52b3ac138f6a05e99a4bd0589443a1ae18041a59c1cfdee12134a2b",
    "fcff5267a11d865efaff9ffc37ba3c8eab775bb4f4880a957c13dd7e63df5469",
    "15fb00f016b72e4e89bff3cd3b71f95012882aa5493c6c8c92a46d40714fa0dc",
  ],
  "sqlparse==0.6.1": ["3be5a72d04c873d690d7c6dedd33d6fae2ef82759881ceec02fc2efd0cba564f"],
  "squawk-cli==2.70.0": ["e67651bb984b01276752ca685f870b281cf493d5d7bd318607148b657c359b52"],
  "typing-extensions==4.16.0": ["481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8"],
});
