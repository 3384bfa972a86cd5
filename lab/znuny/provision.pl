#!/usr/bin/perl
# Sets an empty Znuny up as an administrator would for the relay: groups, queues, agents, a customer, ticket fields.
# Safe to run again: everything is looked up by name first. Runs in the lab's system as the Unix user "otrs":
#   provision.pl COMPANIES    a file with a line "Queue: agent, agent" for each queue
use strict;
use warnings;
use lib '/usr/share/otrs', '/usr/share/otrs/Kernel/cpan-lib', '/usr/share/otrs/Custom';
use Kernel::System::ObjectManager;

local $Kernel::OM = Kernel::System::ObjectManager->new(
    'Kernel::System::Log' => { LogPrefix => 'lab-provision' },
);
my @By = ( ValidID => 1, UserID => 1 );

# The relay's user of the web service: rw alone. It holds create, note, owner, move and close, and TicketUpdate asks
# for it whatever it changes. Without it, a ticket is out of reach once an operator owns it.
my %Relay   = ( rw => 1 );
my %Watcher = ( ro => 1 );
my %Clerk   = map { $_ => 1 } qw(ro move_into create note owner priority);    # all but rw: shows what lacks without
my %Agent   = ( rw => 1 );

my %Groups;
my @Queues = ReadQueues(@ARGV);
my %Agents;
for my $Queue (@Queues) {
    $Groups{ $Queue->{Name} } = EnsureGroup( $Queue->{Group} );
    EnsureQueue( $Queue->{Name}, $Groups{ $Queue->{Name} } );
    $Agents{$_}->{ $Groups{ $Queue->{Name} } } = \%Agent for @{ $Queue->{Agents} };
}
EnsureQueue( 'Forbidden', EnsureGroup('admin') );    # one that the relay has no right in

$Agents{relay}   = { map { $_ => \%Relay } values %Groups };
$Agents{watcher} = { map { $_ => \%Watcher } values %Groups };
$Agents{clerk}   = { map { $_ => \%Clerk } values %Groups };
EnsureAgent( $_, $Agents{$_} ) for sort keys %Agents;
EnsureCustomer('caller');

EnsureFields(
    [ CallId       => 'Text' ],        # our name of the call
    [ CallerNumber => 'Text' ],
    [ CalledNumber => 'Text' ],        # the DID
    [ CallQueue    => 'Text' ],        # the PBX's queue
    [ CallStart    => 'DateTime' ],
    [ CallEnd      => 'DateTime' ],
    [ CallOutcome  => 'Text' ],
    [ RelayKey     => 'Text' ],        # what makes one ticket of several attempts
);
print 'provisioned ', scalar(@Queues), ' queues, ', scalar( keys %Agents ), " agents\n";

sub Must {
    my ( $What, $Got ) = @_;
    die "provision: $What failed\n" if !$Got;
    return $Got;
}

sub ReadQueues {
    my ($Path) = @_;
    open my $File, '<:encoding(UTF-8)', $Path or die "provision: $Path: $!\n";
    my @Read;
    while ( my $Line = <$File> ) {
        next if $Line =~ m{^\s*(\#|$)};
        my ( $Name, $List ) = $Line =~ m{^\s*([^:]+?)\s*:\s*(.*?)\s*$} or die "provision: $Path line $.: $Line\n";
        ( my $Group = lc $Name ) =~ s{\W+}{-}g;
        push @Read, { Name => $Name, Group => "calls-$Group", Agents => [ split m{\s*,\s*}, $List ] };
    }
    return @Read;
}

# a group for each queue, so that a Company's agents see only its tickets
sub EnsureGroup {
    my ($Name) = @_;
    my $Groups = $Kernel::OM->Get('Kernel::System::Group');
    my %IDs    = reverse $Groups->GroupList( Valid => 0 );
    return $IDs{$Name} || Must( "group $Name", $Groups->GroupAdd( Name => $Name, Comment => 'lab', @By ) );
}

sub EnsureQueue {
    my ( $Name, $GroupID ) = @_;
    my $Queues = $Kernel::OM->Get('Kernel::System::Queue');
    my %IDs    = reverse $Queues->QueueList( Valid => 0 );
    return $IDs{$Name} || Must( "queue $Name", $Queues->QueueAdd(
        Name => $Name, GroupID => $GroupID, SystemAddressID => 1, SalutationID => 1, SignatureID => 1,
        FollowUpID => 1, FollowUpLock => 0, UnlockTimeout => 0, Comment => 'lab', @By,
    ) );
}

# every agent's password is the login with "-secret"; rights in other groups than these are none
sub EnsureAgent {
    my ( $Login, $Rights ) = @_;
    my $Users = $Kernel::OM->Get('Kernel::System::User');
    my $ID    = $Users->UserLookup( UserLogin => $Login, Silent => 1 ) || Must( "agent $Login", $Users->UserAdd(
        UserFirstname => ucfirst $Login, UserLastname => 'Lab', UserLogin => $Login, UserPw => "$Login-secret",
        UserEmail => "$Login\@lab.invalid", ValidID => 1, ChangeUserID => 1,
    ) );
    Must( "password of $Login", $Users->SetPassword( UserLogin => $Login, PW => "$Login-secret" ) );
    for my $GroupID ( sort keys %{$Rights} ) {
        my %Permission = ( ( map { $_ => 0 } qw(ro move_into create note owner priority rw) ), %{ $Rights->{$GroupID} } );
        Must( "rights of $Login", $Kernel::OM->Get('Kernel::System::Group')->PermissionGroupUserAdd(
            GID => $GroupID, UID => $ID, UserID => 1, Permission => \%Permission,
        ) );
    }
    return;
}

# whom tickets are for: Znuny wants a customer it knows, or what looks like a mail address
sub EnsureCustomer {
    my ($Login)   = @_;
    my $Companies = $Kernel::OM->Get('Kernel::System::CustomerCompany');
    my %Company   = $Companies->CustomerCompanyGet( CustomerID => 'LAB' );
    Must( 'company', $Companies->CustomerCompanyAdd(
        Source => 'CustomerCompany', CustomerID => 'LAB', CustomerCompanyName => 'Lab Ltd', @By,
    ) ) if !%Company;
    my $Customers = $Kernel::OM->Get('Kernel::System::CustomerUser');
    my %Customer  = $Customers->CustomerUserDataGet( User => $Login );
    Must( "customer $Login", $Customers->CustomerUserAdd(
        Source => 'CustomerUser', UserFirstname => 'Test', UserLastname => 'Caller', UserCustomerID => 'LAB',
        UserLogin => $Login, UserPassword => "$Login-secret", UserEmail => "$Login\@lab.invalid", @By,
    ) ) if !%Customer;
    return;
}

sub EnsureFields {
    my %Config = (
        Text     => { DefaultValue => '', Link => '', RegExList => [] },
        DateTime => {
            DefaultValue => 0, YearsPeriod => 0, YearsInFuture => 5, YearsInPast => 5, Link => '', DateRestriction => '',
        },
    );
    my $Fields = $Kernel::OM->Get('Kernel::System::DynamicField');
    my $Order  = 0;
    for my $Want (@_) {
        my ( $Name, $Type ) = @{$Want};
        $Order++;
        my $Known = $Fields->DynamicFieldGet( Name => $Name );
        next if $Known && $Known->{ID};
        Must( "field $Name", $Fields->DynamicFieldAdd(
            Name => $Name, Label => $Name, FieldOrder => $Order, FieldType => $Type, ObjectType => 'Ticket',
            InternalField => 0, Config => $Config{$Type}, @By,
        ) );
    }
    return;
}
