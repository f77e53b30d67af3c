. <(sed 's/AmazonECSInfrastructureRolePolicyForVolumes/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity/' "$LAB/solution.sh")
