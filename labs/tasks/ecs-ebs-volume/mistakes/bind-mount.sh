. <(sed 's/,configuredAtLaunch=true//; s/"$network" \\/"$network"/; /--volume-configurations/d' "$LAB/solution.sh")
