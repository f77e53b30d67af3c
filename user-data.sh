#!/bin/bash
echo ECS_CLUSTER=labs-placement >> /etc/ecs/ecs.config
