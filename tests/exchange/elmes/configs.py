"""Configurations of both dialects, written for these tests: one for each shape that ELMES's scenarios have."""

LOOP = r'''
globals: {concurrency: 4, recursion_limit: 9}
models:
  tutor: {type: openai, api_key: none, api_base: "http://127.0.0.1:1/v1", model: small, kargs: {temperature: 0.3}}
  pupil: {type: openai, api_key: none, api_base: "http://127.0.0.1:1/v1", model: other}
agents:
  teacher:
    model: tutor
    prompt:
      - role: system
        content: |
          You tutor one child: {child}
          Answer as JSON where asked: {"step": 1, "of": {"all": 2}}.

          Close with \boxed{1} and <end>.
      - {role: user, content: "The exercise: {task}"}
      - {role: assistant, content: "I have read it."}
    memory: {keep_turns: 1}
  student:
    model: pupil
    prompt: [{role: system, content: "You are a child. {child}"}]
directions:
  - START -> teacher
  - teacher -> router:any_keyword_route(keywords=["<end>", "class is over"], exists_to=END, else_to="student")
  - student -> teacher
tasks:
  start_prompt:
    role: user
    content: |
      We work on this: {task}
  mode: union
  content:
    child: ["Ada, who is quick", "Bo, who \"hates\" sums\nand {draws}"]
    task: ["3 + 4", "What is 7 * 6?", "Half of 9"]
'''

ONE_TURN = r'''
globals: {recursion_limit: 5}
models: {m: {type: openai, api_key: none, api_base: "http://127.0.0.1:1/v1", model: small}}
agents:
  writer: {model: m, prompt: [{role: user, content: "Plan a lesson on {topic} for {grade}."}]}
directions: ["START -> writer", "writer -> END"]
tasks: {mode: iter, content: [{topic: tides, grade: "grade 5"}, {topic: maps, grade: "grade 6"}]}
'''

ALL = r'''
globals: {recursion_limit: 8}
models: {m: {type: openai, api_key: none, api_base: "http://127.0.0.1:1/v1", model: small}}
agents:
  asker: {model: m, prompt: [{role: system, content: "Ask about {topic}."}], memory: {keep_turns: 0}}
  solver: {model: m, prompt: [{role: system, content: "Solve."}]}
  checker: {model: m, prompt: [{role: system, content: "Check."}], memory: {keep_turns: 2}}
directions:
  - START -> asker
  - asker -> solver
  - solver -> checker
  - checker -> router:all_keyword_route(keywords=["right", "done"], exists_to=END, else_to="solver")
tasks: {start_prompt: {role: user, content: "Go."}, mode: iter, content: [{topic: tides}]}
'''

NEWER_LOOP = r'''
globals: {concurrency: 4, recursion_limit: 7, output_dir: ./out}
models:
  tutor: {type: openai, api_key: none, base_url: "http://127.0.0.1:1/v1", model: small}
agents:
  teacher: {model: tutor, system_prompt: "You tutor {child}. Say {{\"end\": 1}} to end."}
  student:
    model: tutor
    system_prompt: |
      You are {child}.
      You like it short.
directions:
  - START -> teacher
  - teacher -> router:any_keyword_router(keywords=["<end>"], exists_to=END, else_to=student)
  - student -> teacher
tasks:
  start_prompt: "We work on {task}"
  mode: union
  content: {child: [Ada, Bo], task: ["3 + 4"]}
evaluation: {name: e, judge_model: tutor, target: t, fields: [{name: clear, rubric: "Is it clear?", reason: true}]}
'''

NEWER_CHAIN = r'''
globals: {recursion_limit: 7}
models: {m: {type: openai, api_key: none, base_url: "http://127.0.0.1:1/v1", model: small}}
agents:
  asker: {model: m, system_prompt: "Ask."}
  solver: {model: m, system_prompt: "Solve."}
  checker: {model: m, system_prompt: " Check {topic}"}
directions:
  - START -> asker
  - asker -> solver
  - solver -> checker
  - checker -> router:any_keyword_router(keywords=["<end>"], exists_to="END", else_to="asker")
tasks: {start_prompt: "Topic {topic}", mode: iter, content: [{topic: tides}, {topic: "maps\n "}]}
evaluation: {name: e, judge_model: m, target: t, fields: [{name: clear, rubric: "Is it clear?"}]}
'''
