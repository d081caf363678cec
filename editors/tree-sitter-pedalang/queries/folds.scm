; What stands between braces folds with what it belongs to.
[
  (type_decl) (enum_decl) (scale_decl) (move_decl) (misconception_decl) (role_decl) (student_decl) (predicate_decl)
  (flow_decl) (contract_decl) (rubric_decl) (dataset_decl) (model_decl) (run_decl) (matrix_decl) (optimize_decl)
  (observe_decl) (test_decl) (property_decl) (phase) (act) (policy) (state) (on) (criterion) (list) (record)
  (block_string) (raw_string) (docs)
] @fold
