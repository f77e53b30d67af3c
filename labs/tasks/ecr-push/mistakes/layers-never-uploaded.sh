. <(sed '/^upload layer/d; s#"digest": "$(digest layer.tar.gz)"#&, "urls": ["https://example.com/layer.tar.gz"]#' "$LAB/solution.sh")
