. "$LAB/solution.sh"
aws iam create-role --role-name admin --assume-role-policy-document "$trust"
aws iam attach-role-policy --role-name admin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
task=$(aws iam get-role --role-name admin --query Role.Arn --output text)
execution=$task
. <(sed -n '/^aws ecs register-task-definition/,$p' "$LAB/solution.sh")
