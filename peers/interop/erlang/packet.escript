#!/usr/bin/env escript
%% Connects to the port of this machine that is the first argument, with the {packet, Type} of the second: 1, 2, 4 or tpkt.
%% Erlang's socket then finds and makes the frames. Each payload is turned around and sent back.

main([Port, Type]) ->
    Options = [binary, {active, false}, {packet, packet(Type)}, {exit_on_close, false}],
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(Port), Options),
    answer(Socket, Type),
    ok = gen_tcp:close(Socket).

answer(Socket, Type) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Packet} ->
            ok = gen_tcp:send(Socket, turned(Type, Packet)),
            answer(Socket, Type);
        {error, closed} ->
            ok
    end.

packet("tpkt") -> tpkt;
packet(Width) -> list_to_integer(Width).

%% With tpkt the packet has its header, of 4 bytes, in both directions.
turned("tpkt", <<Header:4/binary, Payload/binary>>) -> [Header, turned(Payload)];
turned(_, Payload) -> turned(Payload).

turned(Bytes) -> lists:reverse(binary_to_list(Bytes)).
