//! Text that looks like what lies in repositories: lines of a language, filled with names.

use super::{random::Random, words};

/// A language: how a file begins, and lines that may follow each other.
/// In them `$` is a name, `^` one with a large first letter, `&` a verb, `#` a number.
pub(crate) struct Language {
    pub(crate) head: &'static str,
    pub(crate) lines: &'static [&'static str],
}

impl Language {
    pub(crate) fn text(&self, random: &mut Random, size: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(size + 256);
        fill(&mut text, random, self.head);
        while text.len() < size {
            let line = random.pick(self.lines);
            fill(&mut text, random, line);
        }
        text
    }
}

fn fill(text: &mut Vec<u8>, random: &mut Random, line: &str) {
    for byte in line.bytes() {
        match byte {
            b'$' => text.extend(words::noun(random).bytes()),
            b'^' => text.extend(words::large(words::noun(random)).bytes()),
            b'&' => text.extend(words::verb(random).bytes()),
            b'#' => text.extend((random.below(9_000) + 3).to_string().bytes()),
            other => text.push(other),
        }
    }
    text.push(b'\n');
}

pub(crate) const RUST: Language = Language {
    head: "//! How a $ becomes a $.\n\nuse std::collections::BTreeMap;\n\nuse crate::$::^;\n",
    lines: &[
        "/// What a $ says about its $.\npub fn &_$(input: ^) -> Option<^> {\n    let $ = input.$.as_ref()?;\n    Some($.&())\n}\n",
        "impl ^ {\n    /// Never fails.\n    pub fn &(self) -> usize {\n        self.$.iter().map(|it| it.$).sum::<usize>() + #\n    }\n}\n",
        "#[derive(Clone, Debug, Default)]\npub struct ^^ {\n    pub $: String,\n    pub $_count: u64,\n    $: BTreeMap<String, ^>,\n}\n",
        "#[test]\nfn &s_$() {\n    let $ = ^::new(#);\n    assert_eq!($.&(), #);\n}\n",
        "const ^_LIMIT: usize = #;\n",
    ],
};

pub(crate) const PYTHON: Language = Language {
    head: "\"\"\"The $ of every $.\"\"\"\n\nfrom __future__ import annotations\n\nimport json\nimport logging\nfrom dataclasses import dataclass\n\nfrom acme.$ import ^\n\nlog = logging.getLogger(__name__)\n",
    lines: &[
        "def &_$($: ^, limit: int = #) -> list[^]:\n    \"\"\"Every $ below the limit.\"\"\"\n    found = [it for it in $.all() if it.$ < limit]\n    log.info(\"%d of $\", len(found))\n    return found\n\n",
        "@dataclass\nclass ^^:\n    $: str\n    $_id: int = #\n    enabled: bool = True\n\n    def &(self) -> dict:\n        return {\"$\": self.$, \"id\": #}\n\n",
        "class ^Test(unittest.TestCase):\n    def test_&_$(self):\n        $ = ^(\"$\", #)\n        self.assertEqual($.&(), #)\n\n",
        "# The $ is #, because the $ once was.\n^_TIMEOUT = #\n",
        "try:\n    &_$()\nexcept ^Error as error:\n    log.warning(\"no $: %s\", error)\n",
    ],
};

pub(crate) const TYPESCRIPT: Language = Language {
    head: "import { ^, & } from '../$/^';\nimport type { ^Props } from './types';\n",
    lines: &[
        "export async function &^($: ^, limit = #): Promise<^[]> {\n  const found = await client.get<^[]>(`/v1/$/$`);\n  return found.filter((it) => it.$ < limit);\n}\n",
        "export interface ^^ {\n  $: string;\n  $Id: number;\n  readonly $s?: ^[];\n}\n",
        "describe('^', () => {\n  it('&s a $', () => {\n    expect(&(#)).toEqual({ $: #, $: '$' });\n  });\n});\n",
        "const $Limit = #; // as the $ wants it\n",
        "  <^Card key={$} title=\"$\" on^={() => &($)}>\n    {$s.map((it) => <^Row key={it.id} {...it} />)}\n  </^Card>\n",
    ],
};

pub(crate) const GO: Language = Language {
    head: "// Package $ &s every $.\npackage $\n\nimport (\n\t\"context\"\n\t\"errors\"\n\t\"fmt\"\n\n\t\"go.acme.test/$\"\n)\n",
    lines: &[
        "// &^ returns the $ of a $.\nfunc (s *^) &^(ctx context.Context, id int) (*^, error) {\n\t$, err := s.$.Find(ctx, id)\n\tif err != nil {\n\t\treturn nil, fmt.Errorf(\"& $ %d: %w\", id, err)\n\t}\n\treturn $, nil\n}\n",
        "type ^^ struct {\n\tID    int    `json:\"id\"`\n\t^  string `json:\"$\"`\n\tLimit int    `json:\"limit\"`\n}\n",
        "func Test&^(t *testing.T) {\n\tgot := &(#)\n\tif got != # {\n\t\tt.Fatalf(\"got %d\", got)\n\t}\n}\n",
        "var Err^ = errors.New(\"no $ for this $\")\n",
    ],
};

pub(crate) const JAVA: Language = Language {
    head: "package com.acme.$.$;\n\nimport java.util.List;\nimport java.util.Optional;\n\nimport org.springframework.stereotype.Service;\n\n/** &s what a $ has. */\n@Service\npublic class ^Service {\n",
    lines: &[
        "    private final ^Repository $Repository;\n",
        "    /**\n     * The $ of a $.\n     *\n     * @param $ never null\n     */\n    public Optional<^> &^(final ^ $) {\n        if ($.get^() > #) {\n            return Optional.empty();\n        }\n        return this.$Repository.findBy^($.getId());\n    }\n",
        "    @Override\n    public List<^> &All() {\n        return $s.stream().filter(it -> it.is^()).toList();\n    }\n",
        "    private static final int ^_LIMIT = #;\n",
    ],
};

pub(crate) const SCRIPT: Language = Language {
    head: "#!/usr/bin/env bash\nset -euo pipefail\n",
    lines: &[
        "echo \"&ing the $\"\n",
        "for $ in build/*; do\n  ./tools/&-$ --limit # \"$\"\ndone\n",
        "if [ -d $ ]; then\n  rm -rf \"$-#\"\nfi\n",
    ],
};

pub(crate) const JAVASCRIPT: Language = Language {
    head: "'use strict';\n\nconst { & } = require('./$');\n",
    lines: &[
        "module.exports.&^ = function ($, done) {\n  const found = $.filter((it) => it.$ !== #);\n  done(null, found);\n};\n",
        "router.get('/$/:id', async (req, res) => {\n  const $ = await &(req.params.id);\n  res.json({ $: $, limit: # });\n});\n",
        "// The $ wants # of them.\n",
    ],
};

pub(crate) const STYLE: Language = Language {
    head: "@charset \"utf-8\";\n",
    lines: &[
        ".$-card {\n  display: flex;\n  padding: #px;\n  margin: 0 auto;\n}\n",
        ".$ > .$-title:hover {\n  color: rebeccapurple;\n}\n",
        "@media (min-width: #px) {\n  .$ {\n    grid-template-columns: 1fr 2fr;\n  }\n}\n",
    ],
};

pub(crate) const MARKUP: Language = Language {
    head: "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>^</title></head>\n<body>\n",
    lines: &[
        "  <section id=\"$-#\">\n    <h2>^ and ^</h2>\n    <p>A $ may & its $ once.</p>\n  </section>\n",
        "  <a href=\"/$/#\">& the $</a>\n",
    ],
};

pub(crate) const MARKDOWN: Language = Language {
    head: "# The ^ service\n\nIt &s every $ of a $.\n",
    lines: &[
        "## How a $ is &ed\n\nA $ that has more than # of them is left to the $. Ask the team before you & one.\n",
        "- `&-$`: the $ of the $\n- `&-$`: the other one\n",
        "| $ | $ |\n|---|---|\n| # | # |\n",
        "```sh\nmake &-$ LIMIT=#\n```\n",
        "In front of it stands nginx:\n\n```nginx\nserver {\n    listen 443 ssl;\n    ssl_certificate /etc/ssl/$.pem;\n}\n```\n",
    ],
};

pub(crate) const PACKAGE: Language = Language {
    head: "{\n  \"name\": \"@acme/$\",\n  \"version\": \"1.#.0\",\n  \"private\": true,\n  \"dependencies\": {",
    lines: &["    \"@acme/$-$\": \"~#.0.1\",", "    \"$-&\": \"~1.#.0\","],
};

pub(crate) const OBJECTS: Language = Language {
    head: "[",
    lines: &[
        "  {\"id\": #, \"name\": \"$\", \"$\": {\"enabled\": true, \"limit\": #}, \"tags\": [\"$\", \"$\"]},",
        "  {\"id\": #, \"name\": \"$\", \"key\": \"$-#\", \"aliases\": [\"$\"]},",
    ],
};

pub(crate) const DEPLOYMENT: Language = Language {
    head: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: $\n  labels:\n    app: $\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: $\n  template:\n    metadata:\n      labels:\n        app: $\n    spec:\n      containers:",
    lines: &[
        "        - name: $-#\n          image: registry.acme.test/$:1.#\n          ports:\n            - containerPort: 8080\n          env:\n            - name: LIMIT\n              value: \"#\"\n          resources:\n            limits:\n              memory: 512Mi",
    ],
};

pub(crate) const INTERFACE: Language = Language {
    head: "openapi: 3.0.3\ninfo:\n  title: ^\n  version: 1.0.0\npaths:",
    lines: &[
        "  /$/{id}/$-#:\n    get:\n      operationId: &^\n      parameters:\n        - name: id\n          in: path\n          required: true\n          schema:\n            type: integer\n      responses:\n        '200':\n          description: The $ of a $",
    ],
};

pub(crate) const WORKFLOW: Language = Language {
    head: "name: $\non:\n  push:\n    branches: [main]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4",
    lines: &["      - name: & the $\n        run: make &-$ LIMIT=#"],
};

pub(crate) const QUERIES: Language = Language {
    head: "-- &s the $.\nBEGIN;\n",
    lines: &[
        "CREATE TABLE $_$ (\n    id bigint PRIMARY KEY,\n    $ text NOT NULL,\n    $_at timestamptz DEFAULT now()\n);\n",
        "INSERT INTO $ (id, $, $_id) VALUES (#, '$', #);\n",
        "CREATE INDEX $_#_idx ON $ ($);\n",
    ],
};

pub(crate) const RECORDS: Language = Language {
    head: "2026-11-21T00:00:00Z INFO $ begins",
    lines: &[
        "2026-11-21T10:15:32.#Z INFO [http-#] com.acme.$.^Service: &ed $ # in # ms",
        "2026-11-21T10:15:33.#Z WARN [http-#] com.acme.$.^Client: no $ for $ #, trying again",
        "10.0.3.17 - - [21/Nov/2026:10:15:34 +0000] \"GET /v1/$/# HTTP/1.1\" 200 # \"-\" \"curl/8.5.0\"",
    ],
};

pub(crate) const PROJECT: Language = Language {
    head: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.acme</groupId>\n  <artifactId>$</artifactId>\n  <version>1.#</version>\n  <dependencies>",
    lines: &[
        "    <dependency>\n      <groupId>com.acme.$</groupId>\n      <artifactId>$-$</artifactId>\n      <version>#.1</version>\n    </dependency>",
    ],
};

pub(crate) const PROPERTIES: Language =
    Language { head: "# The $ of the $", lines: &["acme.$.$.limit=#", "acme.$.name=$", "# more of the $"] };

pub(crate) const SETTINGS: Language = Language {
    head: "[package]\nname = \"$\"\nversion = \"0.#.0\"\n\n[dependencies]",
    lines: &["$-$ = \"1.#\"", "$ = { path = \"../$\", optional = true }"],
};

pub(crate) const PROTOCOL: Language = Language {
    head: "syntax = \"proto3\";\n\npackage acme.$;\n",
    lines: &["message ^^ {\n  string $ = 1;\n  int64 $_id = 2;\n  repeated ^ $s = 3;\n}\n"],
};

pub(crate) const TABLE: Language = Language { head: "id,name,$,limit", lines: &["#,$,$-#,#", "#,^,$,#"] };

pub(crate) const LOCK: Language = Language {
    head: "{\n  \"lockfileVersion\": 3,\n  \"packages\": {",
    lines: &[
        "    \"node_modules/$-$-#\": {\n      \"version\": \"1.#.0\",\n      \"resolved\": \"https://registry.npmjs.org/$-$-#.tgz\",\n      \"integrity\": \"sha512-Zm9v#YmFy#cXV4#bGFzdA#b25l#dHdv#dGhyZWU#Zm91cg#==\",\n      \"license\": \"MIT\"\n    },",
    ],
};

pub(crate) const DRAWING: Language = Language {
    head: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">",
    lines: &["  <path d=\"M#.5 #c-#.1 # 3 4 # #z\" fill=\"none\" id=\"$-#\"/>"],
};

pub(crate) const DOCKER: Language = Language {
    head: "FROM eclipse-temurin:21-jre\nWORKDIR /app",
    lines: &["COPY build/$ /app/$", "ENV ^_LIMIT=#", "RUN apt-get install -y $"],
};

/// JavaScript without line ends, as bundlers write it.
pub(crate) fn minified(random: &mut Random, size: usize) -> Vec<u8> {
    let mut text = b"!function(e,t){".to_vec();
    while text.len() < size {
        let line = random.pick(&[
            "function $(e,t){return e.$(#,t)||n.&[#]}",
            "var r=t(#),o=e.&($=>$.$+#);",
            "if(!a.$){throw new Error(\"no $\")}",
        ]);
        fill(&mut text, random, line);
        text.pop();
    }
    text.extend(b"}();\n");
    text
}
