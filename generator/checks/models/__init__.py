"""What several files of one kind say together: Terraform modules, Kubernetes objects, workflows."""
