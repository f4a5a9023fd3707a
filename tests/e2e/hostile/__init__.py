"""Hostile and unlucky input at the level of the running agent and the running server: each item, and where it is shown.

After each attack the program still runs, has no traceback in its log, and serves the next good client.

| item | at | tests |
|---|---|---|
| truncated | agent, IPP | `test_a_message_that_is_truncated_anywhere` `test_a_document_that_is_truncated` `test_a_document_whose_chunks_are_none` |
| | agent, client channel | `test_a_frame_that_is_truncated_on_the_client_channel` |
| oversized | agent, IPP | `test_a_message_with_too_much_of_it` `test_a_document_that_is_too_large` `test_a_message_that_never_ends` `test_an_http_header_that_never_ends` |
| | agent, client channel | `test_requests_on_the_client_channel` |
| | server | `test_bodies_of_the_api_that_cannot_be_right` `test_a_head_that_never_ends` |
| deeply nested | agent, IPP | `test_collections_that_are_deeply_nested` |
| | agent, client channel | `test_requests_on_the_client_channel` |
| | server | `test_bodies_of_the_api_that_cannot_be_right` |
| wrong version | agent | `test_a_wrong_version` `test_http_that_is_none_or_not_for_us` |
| | server | `test_octets_that_are_no_request` |
| unknown operation | agent | `test_operations_nobody_knows` `test_requests_on_the_client_channel` |
| wrong charset | agent | `test_a_wrong_charset` `test_text_that_is_not_in_its_charset` |
| control characters | agent | `test_control_characters_in_every_text_attribute` `test_attributes_whose_names_are_hostile` `test_requests_on_the_client_channel` |
| | server | `test_a_report_that_cannot_be_right` `test_forms_with_hostile_text` |
| 10,000 characters | agent | `test_ten_thousand_characters_in_every_text_attribute` |
| | server | `test_a_report_that_cannot_be_right` `test_forms_with_hostile_text` |
| another tenant's queue, job | server | `test_another_tenants_queues_and_printers_are_not_told` `test_a_report_about_another_tenants_job_changes_nothing` `test_answers_to_orders_of_nobody_are_dropped` |
| | agent: a queue that is not its own, a job that is not there | `test_http_that_is_none_or_not_for_us` `test_numbers_of_jobs_that_are_not_there` |
| full disk | agent | `test_the_agents_disk_becomes_full` |
| | server | `test_the_servers_disk` |
| read-only disk | agent, running and at its start | `test_the_agents_disk_fails_and_is_only_read` |
| | server | `test_the_servers_disk` |
| no descriptors left | agent | `test_the_agent_without_descriptors` |
| | server | `test_the_server_without_descriptors` |
| a dead printer, one that hangs half-way, one that lies | agent | `test_each_job_has_one_honest_end_and_nobody_is_held_back` |
| clock wrong by a day | agent ahead of and behind the server, with TLS | `test_a_clock_that_is_a_day_wrong` |
| a slow-loris client | agent, 21339 | `test_a_slow_loris_at_the_agents_web_server` |
| | agent, 21338 | `test_a_slow_loris_at_the_client_channel` `test_a_slow_loris_of_ones_own_is_told` |
| | server | `test_a_slow_loris_at_the_server` |
| 1,000 connections | agent | `test_a_thousand_connections_to_the_agent` `test_more_connections_than_the_agent_lets_in` |
| | server | `test_a_thousand_connections_to_the_server` |
| squatters | agent, while it is killed and restarts | `test_nobody_gets_a_port_while_the_agent_is_killed_and_comes_again` |
| | agent, at its first start | `test_a_port_that_is_somebody_elses_at_the_start_is_said` |
"""
